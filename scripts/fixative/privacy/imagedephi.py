"""Rule files of ImageDePHI as policies.

``python -m fixative.privacy.imagedephi RULES.yaml [BASE.yaml] > policy.yaml``

ImageDePHI puts a user's rules before its base rules; name both files for the same here. A tag that no rule names
stops ImageDePHI, and so it does here (the policies are strict). What has no counterpart is listed on standard error
with its remedy, nothing is written then, and the exit status is 1.

=================  ==========================================================================================
ImageDePHI         here
=================  ==========================================================================================
keep               K
delete             X
replace            D, or Z where the replacement is empty
empty              Z (a sequence: X)
replace_dummy      D (a sequence: X)
replace_uid        U
modify_date        S, to the first instant of the year; a time alone becomes midnight (D)
check_type         X for a text that is no such number, or for what is no text; K for the rest
associated_images  label, macro (DICOM: overview), thumbnail: drop, blank, keep; the strictest of the formats
=================  ==========================================================================================

What the rules do not speak of (OME-XML, the sheet, other readers' copies of the same tags) goes as in
`hipaa_safe_harbor`, with the rules' choice of dates.

Notes
-----
https://github.com/DigitalSlideArchive/ImageDePHI
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from fixative.findings import RefusedSample
from fixative.privacy.imagedephi_names import FORMATS
from fixative.privacy.imagedephi_rules import Importer

SHIPPED = Path(__file__).resolve().parents[3] / "config" / "privacy"


def convert(files: Sequence[Path], formats: Sequence[str] = FORMATS) -> tuple[dict[str, Any], list[str]]:
    """Make one policy of a rule file, and of the files it comes before.

    Parameters
    ----------
    files : sequence of Path
        The user's rules first, the base rules last.
    formats : sequence of str
        Of ``tiff``, ``svs`` and ``dicom``: the sections to take.

    Returns
    -------
    dict, list of str
        The policy as its YAML file has it; what could not be mapped, each with its remedy.
    """
    contents = [_read(path) for path in files]
    sections: dict[str, dict[str, Any]] = {}
    for content in reversed(contents):
        for name in formats:
            if isinstance(content.get(name), dict):
                sections[name] = _merged(sections.get(name, {}), content[name])
    importer = Importer(sections.keys())
    for content in contents:
        importer.read_head(content)
    for name, section in sections.items():
        importer.read_section(name, section)
    title = str(contents[0].get("name") or files[0].stem)
    return importer.policy(title, SHIPPED), importer.problems


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_bytes())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RefusedSample("SAN003", reason=f"{path.name}: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise RefusedSample("SAN003", reason=f"{path.name}: expected a mapping")
    return content


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Put the user's section over the base's, rule by rule."""
    merged = {**base, **own}
    for name in ("metadata", "image_description", "associated_images"):
        both = {**(base.get(name) or {}), **(own.get(name) or {})}
        if both:
            merged[name] = both
    return merged


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the policy to standard output; 1 where something has no counterpart."""
    parser = argparse.ArgumentParser(prog="fixative.privacy.imagedephi", description="ImageDePHI's rules as a policy")
    parser.add_argument("rules", type=Path, nargs="+", help="rule file; those after it are its base rules")
    parser.add_argument("--format", choices=FORMATS, action="append", help="take this section alone (repeatable)")
    options = parser.parse_args(arguments)
    try:
        policy, problems = convert(options.rules, options.format or FORMATS)
    except RefusedSample as refused:
        print(refused, file=sys.stderr)  # noqa: T201
        return 1
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201
    if problems:
        print(f"{len(problems)} rules have no counterpart: no policy was written", file=sys.stderr)  # noqa: T201
        return 1
    yaml.safe_dump(policy, sys.stdout, sort_keys=False, allow_unicode=True, width=118)
    return 0


if __name__ == "__main__":
    sys.exit(main())
