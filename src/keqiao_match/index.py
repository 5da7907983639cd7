"""The inverted index on disk or in memory: one writer at a time, any number of reading processes.

A commit is atomic: a process killed between commits leaves the last commit. Readers look for a new commit
when they search, at most every half second.
"""

import heapq
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

import tantivy

from keqiao_match import counting
from keqiao_match import query as queries
from keqiao_match.catch import Catch, count_of, hits_of, stored
from keqiao_match.coverage import WINDOW, Coverage, by_share
from keqiao_match.errors import BadQuery, IndexBusy, IndexExists, IndexMissing
from keqiao_match.interface import Load
from keqiao_match.rank import Asked, Matcher, Profile, shortlist
from keqiao_match.rarity import Rarity
from keqiao_match.schema import Stored, encodable, register, schema
from keqiao_match.text import TEXT_RULES, field_of, pairs, terms
from keqiao_match.types import Doc, Hit, Match, Page
from keqiao_match.writer import Writer

_MANIFEST = "keqiao_match.json"
_LOOK_EVERY_S = 0.5
_BUILD_MEMORY_MB = 700  # two million documents in three pieces: a question is put to each
_MOST_SHARED = 400  # terms of a text that documents are found by when everything they share counts
_WORTH_THREADS = 100_000  # documents from which hits and counts are looked for at once
_DEEPEST = 100_000  # the engine keeps offset + top results in memory


class Index:
    """Documents that can be searched and matched. Make one with create, open, memory or build.

    matcher: compares and grades; another may be put in its place, with relations, an encoder or precedents of one's own.
    """

    def __init__(
        self,
        engine: tantivy.Index,
        *,
        facets: Sequence[str],
        numbers: Sequence[str],
        keep_text: bool,
        path: Path | None,
    ) -> None:
        self.facets, self.numbers = tuple(facets), tuple(numbers)
        self.keep_text, self.path = keep_text, path
        self._engine = engine
        register(engine)
        engine.config_reader("manual")
        self._looked_at = 0.0
        self._holds = 0
        self._seen: object = None
        self._rarity: Rarity | None = None
        self._counts: counting.Counts = {}
        self.matcher = Matcher()
        self._searcher = engine.searcher()
        self.refresh()

    # -- making one ---------------------------------------------------------------------------------------

    @staticmethod
    def exists(path: str | Path) -> bool:
        """Is there an index at `path`?"""
        return (Path(path) / _MANIFEST).is_file()

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        facets: Sequence[str] = (),
        numbers: Sequence[str] = (),
        keep_text: bool = False,
    ) -> Self:
        """A new empty index in the folder `path`, made if absent. Raises IndexExists when one is there."""
        folder = Path(path)
        if cls.exists(folder):
            raise IndexExists(
                f"{folder} 里已有索引，没有覆盖。要重建，先删除这个文件夹；要续用，改用 Index.open。"
            )
        folder.mkdir(parents=True, exist_ok=True)
        engine = tantivy.Index(schema(facets, numbers), str(folder), reuse=False)
        manifest = {
            "text_rules": TEXT_RULES,
            "facets": list(facets),
            "numbers": list(numbers),
            "keep_text": keep_text,
        }
        # Last, and in one step: a folder with a manifest is a whole index.
        scratch = folder / (_MANIFEST + ".new")
        scratch.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
        scratch.replace(folder / _MANIFEST)
        return cls(engine, facets=facets, numbers=numbers, keep_text=keep_text, path=folder)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """The index at `path`. Raises IndexMissing when there is none, or one written by other text rules."""
        folder = Path(path)
        try:
            manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise IndexMissing(f"{folder} 里没有索引。先用 Index.create 建立，或检查路径。") from None
        except ValueError as error:
            raise IndexMissing(
                f"{folder / _MANIFEST} 读不出来（{error}）。删除这个文件夹后重建索引。"
            ) from error
        if manifest["text_rules"] != TEXT_RULES:
            raise IndexMissing(
                f"{folder} 的索引按第 {manifest['text_rules']} 版分词规则建立，程序现用第 {TEXT_RULES} 版。"
                "删除这个文件夹后重建索引。"
            )
        engine = tantivy.Index.open(str(folder))
        return cls(
            engine,
            facets=manifest["facets"],
            numbers=manifest["numbers"],
            keep_text=manifest["keep_text"],
            path=folder,
        )

    @classmethod
    def memory(
        cls, *, facets: Sequence[str] = (), numbers: Sequence[str] = (), keep_text: bool = True
    ) -> Self:
        """An empty index that lives as long as this object."""
        return cls(
            tantivy.Index(schema(facets, numbers)),
            facets=facets,
            numbers=numbers,
            keep_text=keep_text,
            path=None,
        )

    @classmethod
    def build(
        cls,
        docs: Iterable[Doc],
        *,
        path: str | Path | None = None,
        facets: Sequence[str] | None = None,
        numbers: Sequence[str] | None = None,
        keep_text: bool = True,
        workers: int = 0,
    ) -> Self:
        """An index holding `docs`, in memory or at `path`.

        Facets and numbers that are not given are taken from the documents, which are then listed first.
        """
        if facets is None or numbers is None:
            docs = list(docs)
            facets = sorted({name for doc in docs for name in doc.facets}) if facets is None else facets
            numbers = sorted({name for doc in docs for name in doc.numbers}) if numbers is None else numbers
        if path is None:
            index = cls.memory(facets=facets, numbers=numbers, keep_text=keep_text)
        else:
            index = cls.create(path, facets=facets, numbers=numbers, keep_text=keep_text)
        with index.writer(memory_mb=_BUILD_MEMORY_MB) as writer:
            writer.put_all(docs, workers=workers)
        return index

    # -- writing ------------------------------------------------------------------------------------------

    def writer(self, *, memory_mb: int = 128) -> Writer:
        """The one writer. As a context manager it commits at the end, or rolls back on an exception.

        Raises IndexBusy when another writer, here or in another process, has not finished.
        """
        if memory_mb < 16:
            raise BadQuery(f"写索引至少要 16 MB 内存，收到 memory_mb={memory_mb}。")
        try:
            return Writer(self, self._engine.writer(heap_size=memory_mb * 1_000_000, num_threads=1))
        except ValueError as error:
            if "Lock" in str(error):
                raise IndexBusy(
                    f"索引 {self.path or '（内存）'} 正由另一个写入者使用。等它完成后再试；同一时间只能有一个写入者。"
                ) from error
            raise

    # -- reading ------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        self._look()
        return int(self._searcher.num_docs)

    def refresh(self) -> None:
        """See the last commit. Cheap when nothing changed: one stat of one small file."""
        self._looked_at = time.monotonic()
        mark: object = None
        if self.path is not None:
            stat = (self.path / "meta.json").stat()
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if mark == self._seen:
                return
        self._engine.reload()
        self._searcher = self._engine.searcher()
        self._seen = mark
        self._counts = {}
        if self._rarity is not None and not self._rarity.holds_for(int(self._searcher.num_docs)):
            self._rarity = None

    def _look(self) -> None:
        if self._holds == 0 and self.path is not None and time.monotonic() - self._looked_at > _LOOK_EVERY_S:
            self.refresh()

    def frequency(self, term: str) -> int:
        """Documents that hold the term; of a lone character, titles that do; of a long word, at most so many."""
        if len(term) == 1:
            return int(self._searcher.doc_freq("chars", term))
        if field := field_of(term):
            return int(self._searcher.doc_freq(field, term))
        return min(int(self._searcher.doc_freq("pairs", pair)) for pair in pairs(term))

    @property
    def rarity(self) -> Rarity:
        """How rare terms are in this index and in general; renewed when the documents changed by more than a hundredth,
        of a small index with every commit."""
        if self._rarity is None:
            self._rarity = Rarity(self)
        return self._rarity

    def search(
        self,
        text: str,
        *,
        top: int = 20,
        offset: int = 0,
        where: Mapping[str, Sequence[str]] | None = None,
        ranges: Mapping[str, tuple[float | None, float | None]] | None = None,
        facets: Sequence[str] = (),
        order: str = "relevance",
        private: Mapping[str, Sequence[str]] | None = None,
        near: int = 0,
    ) -> Page:
        """Documents that hold the words of `text`; all of them when it has none. By relevance, the first ones stand in
        order of the share of the text that they hold.

        where: values of one facet are alternatives, facets narrow each other. ranges: both ends included,
        None is open. order: "relevance", or a number's name, with "-" before it for the largest first;
        documents without the number come last. private: the private terms of documents that carry one of these
        facet values are looked at as well ({} = of all documents, None = of none).
        near: while fewer documents than this hold the words and none the whole text, the first page by relevance is
        filled up to so many with those that hold some of them, marked `is_near` and not counted.
        Raises BadQuery for names that the index does not have.
        """
        self._look()
        if top < 0 or offset < 0 or offset + top > _DEEPEST:
            raise BadQuery(
                f"翻页超出范围：offset={offset}，top={top}。最多看前 {_DEEPEST} 条，请加筛选条件。"
            )
        filters = self._filters(where or {}, ranges or {})
        plan = queries.Plan.of(text, self)
        inner = self._private(private)
        # The bare list page is asked most and changes only with a commit.
        kept = self._counts if plan.is_empty else None
        searcher = self._searcher  # one commit throughout: another thread may see the next one meanwhile
        fields = {name: self._facet_field(name) for name in facets}
        # The first hits are put in order together, so that pages follow each other
        reorders = order == "relevance" and bool(plan.echo) and offset < WINDOW and top > 0
        start = 0 if reorders else offset
        reach = max(WINDOW, offset + top) if reorders else top

        def asked(main: queries.Clauses) -> tuple[tantivy.SearchResult, counting.Counts]:
            hits = partial(self._run, searcher, queries.within(main, filters.values()), reach, start, order)
            passes = counting.passes(searcher, fields, main, filters, kept)
            if passes and searcher.num_docs >= _WORTH_THREADS:
                # The engine works outside Python's lock. Threads of one call only: a process may fork between two.
                with ThreadPoolExecutor(len(passes)) as pool:
                    waiting = [pool.submit(one) for one in passes]
                    found, counted = hits(), [one.result() for one in waiting]
            else:
                found, counted = hits(), [one() for one in passes]
            return found, {name: counts for one in counted for name, counts in one.items()}

        everything: queries.Clauses = [(tantivy.Occur.Must, queries.everything())]
        found, counts = asked(
            everything if plan.is_empty else plan.clauses(self.schema, strict=True, private=inner)
        )
        relaxed = plan.can_relax and not count_of(found)
        loose = plan.clauses(self.schema, strict=False, private=inner) if relaxed or near else []
        if relaxed:
            found, counts = asked(loose)
        hits = hits_of(searcher, found)[:reach]
        if reorders and hits:
            few = not relaxed and not offset and count_of(found) < near

            def others() -> list[Hit]:
                query = queries.within(loose, filters.values())
                return hits_of(searcher, self._run(searcher, query, WINDOW, 0, order))

            coverage = Coverage(searcher, self.schema, plan.parts(self, inner))
            hits = by_share(hits, coverage, near if few else 0, others)
        page = hits[offset - start : offset - start + top]
        return Page(count_of(found), tuple(page), {name: counts[name] for name in facets}, relaxed)

    @property
    def schema(self) -> tantivy.Schema:
        """The engine's schema, for query building."""
        return self._engine.schema

    def has_code(self, key: str) -> bool:
        """Does any document carry this exact code?"""
        return bool(self._searcher.doc_freq("code", key))

    def has_pinyin(self, key: str) -> bool:
        """Is this the pinyin of any document's name?"""
        return bool(self._searcher.doc_freq("pinyin", key))

    def _run(
        self, searcher: tantivy.Searcher, query: tantivy.Query, top: int, offset: int, order: str
    ) -> tantivy.SearchResult:
        limit = max(top, 1)
        if order == "relevance":
            return searcher.search(query, limit, offset=offset)
        name = order.removeprefix("-")
        if name not in self.numbers:
            raise BadQuery(
                f"不能按“{name}”排序：索引里没有这个数值。可用：relevance、{'、'.join(self.numbers) or '（无）'}。"
            )
        direction = tantivy.Order.Desc if order.startswith("-") else tantivy.Order.Asc
        field = f"n{self.numbers.index(name)}"
        return searcher.search(query, limit, offset=offset, order_by_field=field, order=direction)

    def _facet_field(self, name: str) -> str:
        if name not in self.facets:
            raise BadQuery(
                f"索引里没有分面“{name}”。可用：{'、'.join(self.facets) or '（无）'}；要新增，重建索引时声明。"
            )
        return f"f{self.facets.index(name)}"

    def _private(self, where: Mapping[str, Sequence[str]] | None) -> queries.Private | None:
        if where is None:
            return None
        if not where:
            return queries.Private()
        values = [
            queries.any_value(self.schema, self._facet_field(name), usable)
            for name, codes in where.items()
            if (usable := [clean for code in codes if (clean := encodable(code))])
        ]
        return queries.Private(queries.any_of(values)) if values else None

    def _filters(
        self, where: Mapping[str, Sequence[str]], ranges: Mapping[str, tuple[float | None, float | None]]
    ) -> dict[str, tantivy.Query]:
        out: dict[str, tantivy.Query] = {}
        for name, values in where.items():
            field = self._facet_field(name)
            usable = [clean for value in values if (clean := encodable(value))]
            if usable:
                out[f"where {name}"] = queries.any_value(self.schema, field, usable)
        for name, (low, high) in ranges.items():
            if name not in self.numbers:
                raise BadQuery(f"索引里没有数值“{name}”。可用：{'、'.join(self.numbers) or '（无）'}。")
            if low is not None or high is not None:
                out[f"range {name}"] = queries.between(self.schema, f"n{self.numbers.index(name)}", low, high)
        return out

    def get(self, ids: Iterable[str]) -> dict[str, Doc]:
        """The kept documents with these ids; those not in the index are left out. Needs keep_text."""
        self._needs_texts()
        self._look()
        searcher = self._searcher
        out: dict[str, Doc] = {}
        for wanted in ids:
            if not (key := encodable(wanted)):
                continue
            found = searcher.search(tantivy.Query.term_query(self.schema, "id", key), 1).hits
            if found:
                out[wanted] = stored(searcher, found[0][1]).doc()
        return out

    def _needs_texts(self) -> None:
        if not self.keep_text:
            raise BadQuery(
                "这个索引没有保存正文（keep_text=False）。匹配时请用 load= 提供正文，或重建时保存。"
            )

    # -- matching -----------------------------------------------------------------------------------------

    def match(
        self,
        doc: Doc,
        *,
        top: int = 10,
        where: Mapping[str, Sequence[str]] | None = None,
        exclude: Sequence[str] = (),
        load: Load | None = None,
        candidates: int = 200,
        least: float = 0.0,
    ) -> tuple[Match, ...]:
        """The documents that answer `doc` best, with evidence, best first; `doc` itself is left out. least: the lowest
        score worth citing sentences for.

        load: gives the texts of ids when the index does not keep them; ids it leaves out are not matched.
        """
        self._look()
        asked = Asked(Profile(doc), self.rarity, self.matcher.relations)
        found = self._found(asked, where, exclude, candidates)
        return self._compared(asked, found, top, load, least)

    def _compared(
        self,
        asked: Asked,
        candidates: Iterable[tuple[float, Stored]],
        top: int,
        load: Load | None,
        least: float = 0.0,
    ) -> tuple[Match, ...]:
        found = [one for _, one in candidates]
        found = [found[at] for at in shortlist(asked, [one.title for one in found], top)]
        if load is not None:
            texts = load([one.id for one in found])
            pool = [texts[one.id] for one in found if one.id in texts]
        else:
            self._needs_texts()
            pool = [one.doc() for one in found]
        return self.matcher.rank_asked(asked, pool, top=top, least=least)

    def match_many(
        self,
        docs: Iterable[Doc],
        *,
        top: int = 10,
        where: Mapping[str, Sequence[str]] | None = None,
        load: Load | None = None,
        candidates: int = 200,
    ) -> Iterator[tuple[Doc, tuple[Match, ...]]]:
        """Each document with its matches, in order, as they are ready. One commit is seen throughout, so that a
        batch does not change its mind halfway; what neighbours share is cut once. While one is compared, the candidates
        of the next are looked for."""
        self.refresh()

        def compared(asked: Asked, hunt: Future[Catch]) -> tuple[Match, ...]:
            return self._compared(asked, hunt.result().read({asked.doc.id}, candidates), top, load)

        with self._held(), ThreadPoolExecutor(1) as ahead:
            last: tuple[Asked, Future[Catch]] | None = None
            for doc in docs:
                asked = Asked(Profile(doc), self.rarity, self.matcher.relations)
                hunt = ahead.submit(self._hunt(asked.for_engine, where, {doc.id}, candidates))
                if last is not None:
                    yield last[0].doc, compared(*last)
                last = asked, hunt
            if last is not None:
                yield last[0].doc, compared(*last)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Look for no new commit meanwhile."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    def candidates(
        self,
        doc: Doc,
        *,
        where: Mapping[str, Sequence[str]] | None = None,
        exclude: Sequence[str] = (),
        limit: int = 200,
    ) -> list[str]:
        """Ids of documents that share the most telling terms with `doc`, best first."""
        self._look()
        asked = Asked(Profile(doc), self.rarity)
        return [one.id for _, one in self._found(asked, where, exclude, limit)]

    def sharing(
        self,
        doc: Doc,
        *,
        where: Mapping[str, Sequence[str]] | None = None,
        exclude: Sequence[str] = (),
        top: int = 200,
        only: Sequence[str] | None = None,
    ) -> tuple[Hit, ...]:
        """Documents that share terms with `doc`, best first, by BM25 of all its terms and without comparing texts. What
        `rank_people` wants: of long documents, such as everything that a person wrote, the common terms tell as well.

        only: the ids to look among, scored as among all; None = all.
        """
        self._look()
        counts = Counter(
            term
            for text in (doc.title, *(text for _, text in doc.fields))
            for term in terms(text)
            if field_of(term)
        )
        told = heapq.nlargest(_MOST_SHARED, counts, key=lambda term: (counts[term] * self.rarity(term), term))
        left_out = {doc.id, *exclude}
        hunt = self._hunt({term: float(counts[term]) for term in told}, where, left_out, top, only)
        return tuple(Hit(one.id, one.title, score) for score, one in hunt().read(left_out, top))

    def _found(
        self, asked: Asked, where: Mapping[str, Sequence[str]] | None, exclude: Sequence[str], limit: int
    ) -> list[tuple[float, Stored]]:
        """What is stored of the candidates with the engine's score, best first."""
        left_out = {asked.doc.id, *exclude}
        return self._hunt(asked.for_engine, where, left_out, limit)().read(left_out, limit)

    def _hunt(
        self,
        telling: Mapping[str, float],
        where: Mapping[str, Sequence[str]] | None,
        left_out: Set[str],
        limit: int,
        only: Sequence[str] | None = None,
    ) -> Callable[[], Catch]:
        """The engine's part of finding candidates, ready to run; it runs outside Python's lock."""
        searcher = self._searcher
        if not telling or (only is not None and not only):
            return lambda: Catch(searcher, ())
        main = [(tantivy.Occur.Must, queries.weighted(self.schema, telling))]
        filters = self._filters(where or {}, {})
        if only is not None:
            usable = [clean for one in only if (clean := encodable(one))]
            filters["only"] = queries.any_value(self.schema, "id", usable)
        query = queries.within(main, filters.values())
        return lambda: Catch(searcher, tuple(searcher.search(query, limit + len(left_out), count=False).hits))
