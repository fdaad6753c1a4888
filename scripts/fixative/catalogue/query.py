"""What a person types, as a query of the full-text index."""

import re
from dataclasses import dataclass

from fixative.catalogue.words import plain_words

_TERM = re.compile(r'(-?)(?:"([^"]*)"|([^\s"]+))(\*?)')
_TOKEN = re.compile(r"[^\W_]+")
MOST_TERMS = 50
"""FTS5 nests no deeper than 256."""


class BadQuery(Exception):
    """What was asked for cannot be looked for; the message says why."""


@dataclass(frozen=True)
class Term:
    """A word, or a phrase: tokens that stand one after the other."""

    tokens: tuple[str, ...]
    prefix: bool = False
    """Whether the last token may go on."""
    without: bool = False
    """Whether it must not be there."""

    @property
    def fts(self) -> str:
        """Give it as FTS5 has it (https://sqlite.org/fts5.html): a string, never an operator."""
        return f'"{" ".join(self.tokens)}"{"*" * self.prefix}'

    def within(self, text: str) -> re.Match[str] | None:
        """Find it in a text, as the tokenizer does, but for accents."""
        words = r"[\W_]+".join(map(re.escape, self.tokens))
        end = "" if self.prefix else r"(?![^\W_])"
        return re.search(rf"(?<![^\W_]){words}{end}", text, re.IGNORECASE)


def parse_query(text: str) -> tuple[Term, ...]:
    """Take a query apart: words, all of which must be there, "phrases", -words that must not, and beginnings*.

    Raises
    ------
    BadQuery
        Where a quote is not closed, or nothing is left to look for.
    """
    if text.count('"') % 2:
        raise BadQuery('a quote (") is not closed')
    found = [_term(*match.groups(default="")) for match in _TERM.finditer(plain_words(text))]
    terms = tuple(term for term in found if term.tokens)
    if len(terms) > MOST_TERMS:
        raise BadQuery(f"more than {MOST_TERMS} words")
    if not any(not term.without for term in terms):
        raise BadQuery("no word to look for: give letters or digits, for instance: GFP 63x 2024")
    return terms


def _term(minus: str, phrase: str, word: str, star: str) -> Term:
    prefix = bool(star) or word.endswith("*")
    return Term(tuple(_TOKEN.findall(phrase or word)), prefix, bool(minus))


def fts_query(terms: tuple[Term, ...]) -> str:
    """Compose the query: all that must be there, less what must not."""
    wanted = " AND ".join(term.fts for term in terms if not term.without)
    return " NOT ".join([f"({wanted})", *(term.fts for term in terms if term.without)])
