"""How the archived image is stored: codec and level by profile, tiles, levels of resolution."""

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Compression = Literal["deflate", "lzw", "zstd", "jpeg2000", "none"]
ArchiveProfile = Literal["fast", "balanced", "small"]

PROFILES: dict[ArchiveProfile, tuple[Compression, int]] = {
    "fast": ("zstd", 1),
    "balanced": ("deflate", 1),
    "small": ("zstd", 9),
}
"""Codec and level of each ``archive_profile``, from the measurements in docs/archive_profiles.md."""

MOST_DEFLATE = 12


class OmeTiff(BaseModel):
    """Keys of ``ome_tiff:``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compression: Compression | None = Field(default=None, description="null: that of `archive_profile`")
    level: int | None = Field(default=None, ge=1, le=22, description="null: that of `archive_profile`, else 1")
    predictor: bool = True
    tile_px: int = Field(default=512, ge=16, le=8192, multiple_of=16)
    pyramid_min_px: int = Field(default=512, ge=16)
    pyramid: bool = True
    pyramid_levels: int | None = Field(default=None, ge=1, le=32, description="full size included")
    pyramid_from_source: bool = False
    original_metadata_keys: int = Field(default=5000, ge=0)

    @property
    def codec(self) -> Compression:
        """What tiles are compressed with."""
        return self.compression or PROFILES["balanced"][0]

    @model_validator(mode="after")
    def _level_exists(self) -> "OmeTiff":
        """Refuse a level that the codec has not."""
        if self.codec == "deflate" and (self.level or 1) > MOST_DEFLATE:
            raise ValueError(f"level: deflate has 1 to {MOST_DEFLATE}")
        return self


def with_profile(config: dict[str, Any]) -> dict[str, Any]:
    """Fill in codec and level by ``archive_profile`` where ``ome_tiff`` names none.

    Here and not where tiles are compressed, so that every record says what was used and not its name alone.
    """
    section = config.get("ome_tiff") or {}
    name = config.get("archive_profile", "balanced")
    if name not in get_args(ArchiveProfile) or not isinstance(section, dict) or section.get("compression"):
        return config
    codec, usual = PROFILES[name]
    level = usual if section.get("level") is None else section["level"]
    return {**config, "ome_tiff": {**section, "compression": codec, "level": level}}
