"""PostgreSQL's full-text search in a throw-away server of its own, where the server's programs are installed."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import psycopg

from bench.peers_work import FACETS, TOP, body, tokens
from keqiao_match.types import Doc

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
_TICKS = os.sysconf("SC_CLK_TCK")
_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


class Postgres:
    """A tsvector of the same pairs, the title weighted A, under a GIN index; ranked by ts_rank."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        # A socket's path may have no more than a hundred characters
        self._folder = Path(
            tempfile.mkdtemp(prefix="keqiao-pg-", dir=folder if len(str(folder)) < 60 else None)
        )
        self._as: tuple[str, ...] = ()
        if os.getuid() == 0:
            for one in (folder, *folder.parents)[: len(folder.parents)]:
                if one.owner() == "root" and one.stat().st_mode & 0o055 != 0o055 and one != Path("/"):
                    one.chmod(one.stat().st_mode | 0o055)
            shutil.chown(self._folder, "nobody")
            self._as = _NOBODY
        self._run(
            "initdb",
            "-D",
            f"{self._folder}/db",
            "-U",
            "keqiao",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        )
        settings = "shared_buffers=256MB maintenance_work_mem=256MB work_mem=64MB fsync=off max_wal_size=4GB"
        given = " ".join(
            f"-c {one}"
            for one in (*settings.split(), "listen_addresses=", f"unix_socket_directories={self._folder}")
        )
        self._run(
            "pg_ctl", "-D", f"{self._folder}/db", "-w", "-l", f"{self._folder}/log", "-o", given, "start"
        )
        self._db = psycopg.connect(f"host={self._folder} user=keqiao dbname=postgres", autocommit=True)
        row = self._db.execute("SELECT pg_backend_pid()").fetchone()
        self._backend = int(row[0]) if row else 0
        self._db.execute("SET max_parallel_workers_per_gather = 0")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self._as, str(PROGRAMS / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
        )

    def cpu(self) -> float:
        """Processor seconds of this process and of its backend; to the hundredth, as the system counts ticks."""
        fields = Path(f"/proc/{self._backend}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return time.process_time() + (int(fields[11]) + int(fields[12])) / _TICKS

    def build(self, docs: Iterable[Doc]) -> None:
        self._db.execute(
            "CREATE TABLE docs (id serial, key text, title text, field text, division text, found tsvector)"
        )
        self._db.execute(
            "CREATE TEMP TABLE raw (key text, title text, field text, division text, a text, b text)"
        )
        with self._db.cursor().copy("COPY raw FROM STDIN") as rows:
            for doc in docs:
                rows.write_row(
                    (doc.id, doc.title, doc.facets["field"][0], doc.facets["division"][0],
                     " ".join(tokens(doc.title)), " ".join(tokens(body(doc))))
                )  # fmt: skip
        self._db.execute(
            "INSERT INTO docs (key, title, field, division, found) SELECT key, title, field, division,"
            " setweight(to_tsvector('simple', a), 'A') || to_tsvector('simple', b) FROM raw"
        )
        self._db.execute("DROP TABLE raw")
        self._db.execute("CREATE INDEX ON docs USING gin (found)")
        self._db.execute("ANALYZE docs")

    @staticmethod
    def _asked(terms: Iterable[str], join: str) -> str:
        return join.join("'" + term.replace("'", "''").replace("\\", "\\\\") + "'" for term in terms)

    def _every(self, asked: Sequence[str]) -> str:
        return self._asked(sorted({term for word in asked for term in tokens(word)}), " & ")

    def few_words(self, asked: Sequence[str]) -> Sequence[object]:
        return self._best(self._every(asked))

    def facets(self, asked: Sequence[str]) -> object:
        query = self._every(asked)
        self._best(query)
        return [
            self._db.execute(
                f"SELECT {name}, count(*) FROM docs WHERE found @@ %s::tsquery GROUP BY 1".encode(), (query,)
            ).fetchall()
            for name in FACETS
        ]

    def text(self, doc: Doc, telling: Sequence[str]) -> Sequence[object]:
        return self._best(self._asked(telling, " | "))

    def _best(self, query: str) -> Sequence[object]:
        return self._db.execute(
            b"SELECT key, title FROM docs WHERE found @@ %s::tsquery ORDER BY ts_rank(found, %s::tsquery) DESC LIMIT %s",
            (query, query, TOP),
        ).fetchall()

    def disk_mb(self) -> float:
        row = self._db.execute("SELECT pg_total_relation_size('docs')").fetchone()
        return float(row[0]) / 1e6 if row else 0.0

    def close(self) -> None:
        self._db.close()
        self._run("pg_ctl", "-D", f"{self._folder}/db", "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)
