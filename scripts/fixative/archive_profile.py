"""How the archived image is stored: codec and level by profile, tiles, levels of resolution."""

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Compression = Literal["deflate", "lzw", "zstd", "jpeg2000", "none"]
DeflateEncoder = Literal["isa-l", "libdeflate"]
ArchiveProfile = Literal["fast", "balanced", "small"]

PROFILES: dict[ArchiveProfile, tuple[Compression, int]] = {
    "fast": ("zstd", 1),
    "balanced": ("deflate", 1),
    "small": ("zstd", 9),
}
"""Codec and level of each ``archive_profile``, from the measurements in docs/archive_profiles.md."""

MOST_LEVEL: dict[DeflateEncoder, int] = {"isa-l": 2, "libdeflate": 12}
"""Of ISA-L's levels those alone that give the same bytes on every x86-64 processor: its third does not."""


def deflate_encoder(level: int | None, chosen: DeflateEncoder | None = None) -> DeflateEncoder:
    """Choose what deflates: ISA-L at level 1, twice as quick there as libdeflate, which has the higher ones."""
    return chosen or ("isa-l" if (level or 1) == 1 else "libdeflate")


class OmeTiff(BaseModel):
    """Keys of ``ome_tiff:``."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    compression: Compression | None = Field(default=None, description="null: that of `archive_profile`")
    level: int | None = Field(default=None, ge=1, le=22, description="null: that of `archive_profile`, else 1")
    deflate_encoder: DeflateEncoder | None = Field(
        default=None, description="null: isa-l for level 1, libdeflate for the others"
    )
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
        encoder = deflate_encoder(self.level, self.deflate_encoder)
        if self.codec == "deflate" and (self.level or 1) > MOST_LEVEL[encoder]:
            raise ValueError(f"level: deflate by {encoder} has 1 to {MOST_LEVEL[encoder]}")
        return self


def with_profile(config: dict[str, Any]) -> dict[str, Any]:
    """Fill in codec and level by ``archive_profile`` where ``ome_tiff`` names none, and what deflates.

    Here and not where tiles are compressed, so that every record says what was used and not its name alone.
    """
    section = config.get("ome_tiff") or {}
    name = config.get("archive_profile", "balanced")
    if name not in get_args(ArchiveProfile) or not isinstance(section, dict):
        return config
    if not section.get("compression"):
        codec, usual = PROFILES[name]
        level = usual if section.get("level") is None else section["level"]
        section = {**section, "compression": codec, "level": level}
    level = section.get("level")
    if section["compression"] == "deflate" and not section.get("deflate_encoder") and isinstance(level, int | None):
        section = {**section, "deflate_encoder": deflate_encoder(level)}
    return {**config, "ome_tiff": section}
