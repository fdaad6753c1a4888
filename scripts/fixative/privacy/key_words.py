"""Names that say more than one thing, as rules see them: ``Series 0 User Name``, ``Information|User|Name #2``.

Bio-Formats writes a vendor's tree as a flat table: ``|`` or `` - `` between levels, `` #2`` behind the second
value of a name, a series' name or a section before it, a DICOM tag's number before its name. ImageJ writes that
table into its own files, and bfconvert into OME-XML. A rule for ``*:/**/*UserName`` means all of these.
"""

import re
from functools import lru_cache

_LEVELS = re.compile(r"\||\s-\s")
_NUMBERED = re.compile(r"\s+#(\d+)\s*$")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_POSITION = re.compile(r"\[\d+\]")
_TAG = re.compile(r"(?:^|\s)([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})(?=\s|$)")
_SEPARATOR = re.compile(r"(?<=[^\W_])[\s_\-.]+(?=[^\W\d_])")
_OF_EXIFTOOL = "exiftool:/DICOM/"
MOST_WORDS = 3
SHORTEST_WORD = 4
"""A last word alone counts from here on: ``PI`` and ``Tel`` end too many names."""


def steps_of(name: str) -> tuple[str | int, ...]:
    """Give the levels of a name, the number behind each as a list position."""
    steps: list[str | int] = []
    for part in _LEVELS.split(name):
        number = _NUMBERED.search(part)
        plain = part[: number.start()] if number else part
        if plain.strip():
            steps.append(plain.strip())
            if number:
                steps.append(int(number[1]))
    return tuple(steps)


@lru_cache(maxsize=65536)
def further_keys(key: str) -> tuple[str, ...]:
    """Give the other keys that the last name of a key stands for: by its last words, by its DICOM tag.

    ``bioformats:/series[0]/Series 0 User Name`` is also ``bioformats:/UserName``; ``.../0010,0010 Patient's
    Name`` is ``dicom:/PatientName`` too.
    """
    kind = key.partition(":")[0]
    last = _POSITION.sub("", key.removesuffix("/#text").rpartition("/")[2])
    name = last.replace("~1", "/").replace("~0", "~")
    words = [re.sub("['’]", "", word) for word in _WORD.findall(name) if not word.isdigit()]
    found = ["".join(words[-count:]) for count in range(1, min(MOST_WORDS, len(words)) + 1)]
    found.append("".join(words))
    further = [f"{kind}:/{tail}" for tail in dict.fromkeys(found) if len(tail) >= SHORTEST_WORD and tail != last]
    tag = _TAG.search(name)
    return (*further, _dicom_key(tag[1], tag[2])) if tag else tuple(further)


@lru_cache(maxsize=65536)
def joined_keys(key: str) -> tuple[str, ...]:
    """Give a key, and it with the words of its last name in one: rules for ``*CreatedBy`` mean ``Created by`` too.

    What exiftool says of a DICOM file has the key of the attribute itself besides.
    """
    if key.startswith(_OF_EXIFTOOL):
        return key, f"dicom:/{key.removeprefix(_OF_EXIFTOOL)}"
    parent, slash, last = key.removesuffix("/#text").rpartition("/")
    if not _SEPARATOR.search(last):
        return (key,)
    return key, f"{parent}{slash}{_SEPARATOR.sub('', last)}"


def _dicom_key(group: str, element: str) -> str:
    """Give the key that an attribute has in the tree of a DICOM file; a private one has its number in brackets."""
    if int(group, 16) % 2:
        return f"dicom:/({group},{element})"
    from pydicom.datadict import keyword_for_tag

    return f"dicom:/{keyword_for_tag(int(group + element, 16)) or 'UnknownTag'}"
