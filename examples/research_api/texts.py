"""What can be counted in an English text. Pure."""

import re
from collections import Counter
from typing import Any

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # noqa: RUF001
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)")
_SYLLABLE = re.compile(r"[aeiouyà-öø-ÿ]+")
_SILENT_E = re.compile(r"(?<=[^aeiouyl])e$")
_WORDS_A_MINUTE = 238
_COMMON = frozenset(
    """
    a about after all also an and any are as at be been but by can could did do does for from had has have he her him
    his how i if in into is it its just like me more my no not of on one or our out over she so some than that the
    their them then there these they this to up us was we were what when which who will with would you your
    """.split()  # noqa: SIM905  # a list of that many would fill a page
)


def words_of(text: str) -> list[str]:
    """Return the words of `text` in their order, as they are written."""
    return _WORD.findall(text)


def statistics(text: str) -> dict[str, Any]:
    """Return how long `text` is and how easily it reads: Flesch reading ease, 100 is easy and 0 is hard."""
    words = words_of(text)
    sentences = max(len(_SENTENCE_END.findall(text.strip())), min(len(words), 1))
    return {
        "characters": len(text),
        "words": len(words),
        "different_words": len({word.lower() for word in words}),
        "sentences": sentences,
        "words_per_sentence": round(len(words) / sentences, 1) if sentences else 0.0,
        "reading_ease": _reading_ease(words, sentences),
        "reading_seconds": round(len(words) * 60 / _WORDS_A_MINUTE),
    }


def keywords(text: str, most: int) -> list[dict[str, Any]]:
    """Return the words that `text` uses most, at most so many, without the common ones; ties by the alphabet."""
    counts = Counter(word for word in map(str.lower, words_of(text)) if word not in _COMMON)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"word": word, "count": count} for word, count in ranked[:most]]


def _reading_ease(words: list[str], sentences: int) -> float | None:
    if not words:
        return None
    syllables = sum(map(_syllables, words))
    return round(206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words), 1)


def _syllables(word: str) -> int:
    return max(1, len(_SYLLABLE.findall(_SILENT_E.sub("", word.lower()))))
