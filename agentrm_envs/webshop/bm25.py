"""A search index that ranks as Lucene's BM25 does, held in numpy arrays that may lie on disk.

Robertson & Zaragoza, "The Probabilistic Relevance Framework", 2009, in Lucene 9's form:
document lengths are kept in one byte (`SmallFloat`), a query's repeated words count as often
as they are there, scores are compared in single precision, and ties go to the lower id.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agentrm_envs.webshop.analyzer import terms

K1 = 0.9
B = 0.4
"""Pyserini's defaults, which WebShop uses."""
_CHUNK = 4_000_000
"""Words that are sorted at a time: about 200 MB."""

_PARTS = 500_000
"""Parts of text whose terms are remembered at a time."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """For every term the documents that have it and what it adds to their scores."""

    vocabulary: Array
    """The terms in UTF-8, sorted, one after the other (uint8)."""
    starts: Array
    """Where each term begins in `vocabulary`, and the end (int64)."""
    postings: Array
    """Where each term begins in `documents`, and the end (int64)."""
    documents: Array
    """Numbers of documents, rising within a term (int32)."""
    impacts: Array
    """What the term adds to that document's score (float32)."""
    ranks: Array
    """The place of each document's id among all ids in order (int32): it breaks ties."""

    def search(self, query: str, limit: int = 50) -> list[int]:
        """The numbers of the best documents, the best first; none where no word is known."""
        counts: dict[str, int] = {}
        for term in terms(query):
            counts[term] = counts.get(term, 0) + 1
        documents: list[Array] = []
        impacts: list[Array] = []
        for term, count in counts.items():
            number = self._find(term.encode())
            if number is not None:
                span = slice(int(self.postings[number]), int(self.postings[number + 1]))
                documents.append(self.documents[span])
                impacts.append(self.impacts[span] * np.float32(count))
        if not documents:
            return []
        # One after the other, in the query's order, in double precision: Lucene's sums.
        scores = np.bincount(np.concatenate(documents), np.concatenate(impacts))
        return self._best(scores.astype(np.float32), limit)

    def _best(self, scores: Array, limit: int) -> list[int]:
        found = np.flatnonzero(scores)
        if len(found) > limit:
            among = scores[found]
            threshold = np.partition(among, len(found) - limit)[len(found) - limit]
            found = found[among >= threshold]
        order = np.lexsort((self.ranks[found], -scores[found]))[:limit]
        return [int(number) for number in found[order]]

    def _find(self, term: bytes) -> int | None:
        low, high = 0, len(self.starts) - 1
        while low < high:
            middle = (low + high) // 2
            word = self._word(middle)
            if word == term:
                return middle
            if word < term:
                low = middle + 1
            else:
                high = middle
        return None

    def _word(self, number: int) -> bytes:
        return self.vocabulary[self.starts[number] : self.starts[number + 1]].tobytes()

    def save(self, folder: Path) -> None:
        """Write each array to a file of its own in an existing folder."""
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Index:
        """Map the arrays of a folder into memory, without reading them."""
        return cls(*(mapped(folder / f"{field.name}.npy") for field in fields(cls)))


def mapped(file: Path) -> Array:
    """The array of a `.npy` file, mapped into memory. A plain view of it is faster to slice."""
    array: Array = np.load(file, mmap_mode="r", allow_pickle=False)
    return array.view(np.ndarray)


class Builder:
    """Takes documents one after the other and makes an index of them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._known: dict[str, list[int]] = {}
        self._words: list[Array] = []
        self._waiting = 0
        self._lengths: list[int] = []
        self._chunks: list[_Chunk] = []
        self._first = 0

    def add(self, text: str) -> None:
        self.add_words(self.words(text))

    def words(self, text: str) -> Array:
        """The numbers of the text's terms; what stands between two spaces is analyzed once."""
        known = self._known
        found: list[int] = []
        for part in text.split():
            if part not in known:
                known[part] = self._analyzed(part)
            found += known[part]
        return np.array(found, np.int32)

    def _analyzed(self, part: str) -> list[int]:
        if len(self._known) > _PARTS:
            self._known.clear()
        numbers = self._numbers
        return [numbers.setdefault(term, len(numbers)) for term in terms(part)]

    def add_words(self, words: Array) -> None:
        self._words.append(words)
        self._lengths.append(len(words))
        self._waiting += len(words)
        if self._waiting >= _CHUNK:
            self._flush()

    def _flush(self) -> None:
        lengths = np.array(self._lengths[self._first :], np.int64)
        documents = np.repeat(np.arange(len(lengths)), lengths)
        words = np.concatenate([np.zeros(0, np.int32), *self._words]).astype(np.int64)
        keys, counts = np.unique(words * (len(lengths) + 1) + documents, return_counts=True)
        word, document = np.divmod(keys, len(lengths) + 1)
        self._chunks.append(
            _Chunk(
                word.astype(np.int32),
                (document + self._first).astype(np.int32),
                np.minimum(counts, 65_535).astype(np.uint16),
            )
        )
        self._first = len(self._lengths)
        self._words.clear()
        self._waiting = 0

    def index(self, ids: Sequence[str]) -> Index:
        """The index; `ids` are the documents' ids in the order in which they were added."""
        self._flush()
        order = sorted(self._numbers, key=lambda term: term.encode())
        encoded = [term.encode() for term in order]
        starts = np.zeros(len(order) + 1, np.int64)
        starts[1:] = np.cumsum([len(word) for word in encoded])
        place = np.empty(len(order), np.int64)
        place[[self._numbers[term] for term in order]] = np.arange(len(order))
        postings, documents, impacts = self._merged(place)
        return Index(
            np.frombuffer(b"".join(encoded), np.uint8),
            starts,
            postings,
            documents,
            impacts,
            _ranks(ids),
        )

    def _merged(self, place: Array) -> tuple[Array, Array, Array]:
        """Where terms begin, and the documents and impacts of all chunks in order of terms."""
        counts = [np.bincount(place[chunk.word], minlength=len(place)) for chunk in self._chunks]
        frequency: Array = np.zeros(len(place), np.int64)
        for count in counts:
            frequency += count
        postings = np.zeros(len(place) + 1, np.int64)
        postings[1:] = np.cumsum(frequency)
        idf = _idf(frequency, len(self._lengths))
        norms = _inverse_norms(np.array(self._lengths, np.int64))
        documents = np.empty(postings[-1], np.int32)
        impacts = np.empty(postings[-1], np.float32)
        fill = postings[:-1].copy()
        for chunk, count in zip(self._chunks, counts, strict=True):
            words = place[chunk.word]
            order = np.argsort(words, kind="stable")
            words = words[order]
            begins = np.cumsum(count) - count
            at = fill[words] + np.arange(len(words)) - begins[words]
            documents[at] = chunk.document[order]
            weight = idf[words]
            tf = chunk.count[order].astype(np.float32) * norms[chunk.document[order]]
            impacts[at] = weight - weight / (np.float32(1) + tf)
            fill += count
        return postings, documents, impacts


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """Some documents' terms: which word (as numbered when first met), where, how often."""

    word: Array
    document: Array
    count: Array


def build(ids: Sequence[str], texts: Iterable[str]) -> Index:
    """The index of some documents."""
    builder = Builder()
    for text in texts:
        builder.add(text)
    return builder.index(ids)


def _idf(frequency: Array, documents: int) -> Array:
    exact = [math.log(1 + (documents - n + 0.5) / (n + 0.5)) for n in frequency.tolist()]
    return np.array(exact, np.float32)


def _inverse_norms(lengths: Array) -> Array:
    """1 / (k1 (1 - b + b length / mean length)), in single precision as Lucene caches it."""
    mean = np.float32(lengths.sum() / max(len(lengths), 1))
    different, which = np.unique(lengths, return_inverse=True)
    kept = np.array([quantized(int(length)) for length in different], np.float32)[which]
    k1, b = np.float32(K1), np.float32(B)
    inverse: Array = np.float32(1) / (k1 * ((np.float32(1) - b) + b * kept / mean))
    return inverse.astype(np.float32)


def quantized(length: int) -> int:
    """A document's length as it comes out of the byte that Lucene keeps of it."""
    free = 24
    if length < free:
        return length
    rest = length - free
    shift = max(rest.bit_length() - 4, 0)
    return free + (rest >> shift << shift)


def _ranks(ids: Sequence[str]) -> Array:
    order = sorted(range(len(ids)), key=lambda number: ids[number])
    ranks = np.empty(len(ids), np.int32)
    ranks[order] = np.arange(len(ids), dtype=np.int32)
    return ranks
