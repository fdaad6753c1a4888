"""What one rule of ImageDePHI is here: its keys and its action."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from fixative.privacy import imagedephi_names as names


class Importer:
    """Collects the rules of a file's sections; `problems` says what has no counterpart."""

    def __init__(self, sections: Collection[str]) -> None:
        """``sections``: the formats that will be read."""
        self.problems: list[str] = []
        self._rules: dict[str, dict[str, Any]] = {}
        self._fallbacks: list[dict[str, Any]] = []
        self._images: dict[str, str] = {}
        self._sections = sections
        self._dates = "keep"
        self._lines = False

    def read_head(self, content: dict[str, Any]) -> None:
        """Check what stands beside the sections; files are named by the sheet, and unknown tags always refused."""
        for name in content.keys() - names.HEAD:
            self._problem(str(name), "no such section in ImageDePHI's rule files", "take it out, or correct its name")

    def read_section(self, name: str, section: dict[str, Any]) -> None:
        """Take in the rules of one format."""
        self._lines = self._lines or (name == "svs" and bool(section.get("image_description")))
        for key in section.keys() - names.SECTION:
            self._problem(f"{name}.{key}", "unknown setting", "take it out, or correct its name")
        for part in ("image_description", "metadata"):
            for key, rule in (section.get(part) or {}).items():
                # an Aperio description is taken apart where its lines have rules of their own
                if not (name == "svs" and part == "metadata" and key == "ImageDescription" and self._lines):
                    self._read_rule(name, part, str(key), rule)
        self._read_images(name, section.get("associated_images") or {})
        if name == "dicom":
            self._read_private(section)
            uid = {"select": ["dicom:/FileMetaInformation/MediaStorageSOPInstanceUID"], "action": "U"}
            self._rules["dicom-file"] = {"id": "dicom-file", **uid, "reason": "the SOP Instance UID once more"}
        self._read_fallback(name, section.get("metadata_fallback_action"))

    def policy(self, title: str, shipped: Path) -> dict[str, Any]:
        """Give the policy, as its file has it."""
        return {
            "name": names.slug(title) or "imagedephi",
            "version": "1",
            "description": f"Imported from ImageDePHI's rules {title!r}; all else by `hipaa_safe_harbor`.",
            "extends": "hipaa_safe_harbor",
            "strict": True,
            "dates": self._dates,
            **({"associated_images": self._images} if self._images else {}),
            "rules": [
                *self._header(),
                *self._rules.values(),
                *self._layout(),
                *self._fallbacks,
                *self._others(shipped),
            ],
        }

    def _read_rule(self, section: str, part: str, key: str, rule: Any) -> None:
        place = f"{section}.{part}.{key}"
        action = rule.get("action") if isinstance(rule, dict) else None
        if action not in names.ACTIONS:
            self._problem(place, f"unknown action {action!r}", f"choose of {', '.join(sorted(names.ACTIONS))}")
            return
        for name in rule.keys() - names.OPTIONS:
            self._problem(place, f"unknown option {name!r}", "take it out, or correct its name")
        select = list(names.keys_of(section, part, key))
        if not select:
            self._problem(place, "no attribute of this name in DICOM's dictionary", "correct the keyword")
            return
        self._note_dates(key, action)
        for suffix, made in self._actions(section, key, place, rule):
            entry = {"id": names.slug(f"{section}-{part}-{key}") + suffix, "select": select, **made}
            entry["reason"] = f"ImageDePHI, {place}: {action}"
            self._enter(entry, place)

    def _enter(self, entry: dict[str, Any], place: str) -> None:
        """Enter a rule; TIFF and SVS share their tags, so that they cannot say two things of one."""
        shared = entry["id"].replace("svs-metadata-", "tiff-metadata-", 1)
        if ".metadata.ImageDescription" in place and "svs" in self._sections:
            shared = entry["id"]
            entry["select"] = ["tiff:/**/ImageDescription"]
            entry.setdefault("value", [names.APERIO if place.startswith("svs") else names.NOT_APERIO])
        before = self._rules.get(shared)
        if before and _told(before) != _told(entry):
            self._problem(place, "says something else than another rule of the same tag", "import one --format alone")
        self._rules.setdefault(shared, {**entry, "id": shared})

    def _actions(
        self, section: str, key: str, place: str, rule: dict[str, Any]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give our action, or two, for one of theirs, each with what ends its id."""
        action, kind = rule["action"], names.vr_of(key) if section == "dicom" else ""
        holds = names.holds_of(key, kind)
        if action == "keep":
            yield "", {"action": "K"}
        elif kind == "SQ" and action != "modify_date":
            yield "", {"action": "X", "whole": True, "holds": "nothing"}
        elif action == "delete":
            yield "", {"action": "X", "holds": holds}
        elif action == "replace":
            text = rule.get("replace_with", rule.get("new_value"))
            if text is None:
                self._problem(place, "replace without a replacement", "add `replace_with`")
            else:
                yield "", {"action": "D", "dummy": str(text), "holds": holds} if text else {"action": "Z"}
        elif action == "empty":
            yield "", {"action": "Z", "holds": holds}
        elif action == "replace_dummy":
            yield "", {"action": "D", "dummy": names.DUMMIES.get(kind, "REMOVED"), "holds": holds}
        elif action == "replace_uid":
            yield "", {"action": "U", "holds": "nothing"}
        elif action == "modify_date":
            midnight = names.MIDNIGHT.get(key) or ("000000" if kind == "TM" else None)
            yield "", ({"action": "D", "dummy": midnight} if midnight else {"action": "S", "how": "year"})
        else:
            yield from self._check(place, rule)

    def _check(self, place: str, rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        kind = rule.get("expected_type")
        if rule.get("expected_count", 1) != 1:
            self._problem(place, "how many values a tag has cannot be asked here", "write keep or delete instead")
        elif kind in names.TYPES:
            yield "-else", {"value": [rf"\A(?!\s*{names.TYPES[kind]}\s*\Z)"], "action": "X"}
            yield "", {"action": "K"}
        elif kind == "text":
            yield "", {"value": [r"\A"], "action": "K"}
            yield "-else", {"action": "X"}
        else:
            self._problem(place, f"unknown expected_type {kind!r}", "choose of integer, number, rational, text")

    def _note_dates(self, key: str, action: str) -> None:
        if action == "modify_date":
            self._dates = "year"
        elif key in names.DATE_KEYS and action != "keep" and self._dates == "keep":
            self._dates = "remove"

    def _read_images(self, section: str, images: dict[str, Any]) -> None:
        for key, rule in images.items():
            action = rule.get("action") if isinstance(rule, dict) else None
            made = {"delete": "drop", "keep": "keep", "replace": "blank"}.get(str(action))
            if made is None or (made == "blank" and rule.get("replace_with") != "blank_image"):
                place = f"{section}.associated_images.{key}"
                self._problem(place, "no such treatment of an image here", "keep, delete, or replace by blank_image")
                continue
            if key != "default" and key not in names.IMAGES:
                place = f"{section}.associated_images.{key}"
                self._problem(place, "no such kind of image here", f"choose of {', '.join(names.IMAGES)}, default")
                continue
            named = {names.IMAGES[name] for name in images if name in names.IMAGES}
            for kind in {*names.IMAGES.values()} - named if key == "default" else {names.IMAGES[key]}:
                self._images[kind] = max(made, self._images.get(kind, "keep"), key=names.STRICTNESS.index)
        self._images = dict(sorted(self._images.items()))

    def _read_private(self, section: dict[str, Any]) -> None:
        action = section.get("custom_metadata_action")
        if "delete_custom_metadata" in section:
            action = "delete" if section["delete_custom_metadata"] else "keep"
        if action not in (None, "delete", "keep", "use_rule"):
            self._problem("dicom.custom_metadata_action", f"unknown action {action!r}", "keep, delete or use_rule")
        made = {"action": "K"} if action == "keep" else {"action": "X", "whole": True, "holds": "nothing"}
        reason = f"ImageDePHI, dicom.custom_metadata_action: {action or 'not stated'}; private attributes"
        select = ["dicom:/**/(*", "dicom:/**/(*/**", "dicom:/**/UnknownTag"]
        self._rules["dicom-private"] = {"id": "dicom-private", "select": select, **made, "reason": reason}

    def _read_fallback(self, section: str, action: Any) -> None:
        if action is None:
            return
        made = {"delete": "X", "keep": "K"}.get(str(action))
        if made is None:
            self._problem(f"{section}.metadata_fallback_action", f"unknown action {action!r}", "delete or keep")
            return
        select = ["svs:/**", "tiff:/**/ImageDescription/**"] if section == "svs" else [f"{section}:/**"]
        if made == "X" and self._dates == "keep":
            self._dates = "remove"
        entry: dict[str, Any] = {"id": f"{section}-fallback", "select": select, "action": made}
        entry["reason"] = f"ImageDePHI, {section}.metadata_fallback_action: {action}"
        self._fallbacks.append(entry)

    def _layout(self) -> Iterator[dict[str, Any]]:
        """Give the rules for what no rule of theirs can name; they come before a fallback that takes all else."""
        for name, keys in names.LAYOUT.items():
            if name in self._sections:
                yield {
                    "id": f"{name}-layout",
                    "select": list(keys),
                    "action": "C",
                    "reason": "the layout of the file",
                }

    def _header(self) -> Iterator[dict[str, Any]]:
        """Give the rules for what stands before the first name of an Aperio description; ImageDePHI keeps it."""
        if "svs" in self._sections and self._lines:
            told = "the software and the sizes, before the first name"
            select = ["svs:/**/Header", "tiff:/**/ImageDescription/#text"]
            yield {"id": "svs-header", "select": select, "action": "C", "reason": told}
            alone = {"select": ["tiff:/**/ImageDescription"], "value": [names.HEADER_ALONE]}
            yield {"id": "svs-header-alone", **alone, "action": "C", "reason": f"{told}, and nothing else"}

    def _others(self, shipped: Path) -> Iterator[dict[str, Any]]:
        """Give the rules that stand in the way of these, without what these speak of; and the dump's own keys."""
        from fixative.privacy.policy import load_policy

        base = {rule.id: rule for rule in load_policy("hipaa_safe_harbor", shipped).rules}
        ours = {f"{name}:/**" for name in self._sections}
        whole = {"action": "X", "whole": True, "holds": "nothing", "reason": base["vendors"].reason}
        yield {"id": "vendors", "select": [key for key in base["vendors"].select if key not in ours], **whole}
        # readers take these from tags that have rules of their own, kept ones too
        told = ["ome:/OME/Image/@Name", "ome:/OME/Image/Description"]
        yield {"id": "image-names", "select": told, **whole, "reason": base["free-text"].reason}
        text = base["text-of-tiff"]
        select = [key for key in text.select if "ImageDescription" not in key or "svs" not in self._sections]
        yield {"id": "text-of-tiff", "select": select, "action": "X", "last": True, "reason": text.reason}

    def _problem(self, place: str, what: str, remedy: str) -> None:
        self.problems.append(f"{place}: {what}; {remedy}")


def _told(entry: dict[str, Any]) -> dict[str, Any]:
    """Give what a rule says, whatever it is called; keys count in lower case."""
    said = {name: value for name, value in entry.items() if name not in ("id", "reason")}
    return {**said, "select": [key.lower() for key in entry["select"]]}
