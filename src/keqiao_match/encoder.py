"""A slot for a text encoder of one's own: off unless `Matcher(encoder=…)` is given one.

The engine needs none. Two ways in: an OpenAI-compatible embedding endpoint by its address, or a folder with an ONNX
model on this machine (needs the packages onnxruntime and tokenizers, which this package does not install).
"""

import json
import urllib.request
from collections import OrderedDict
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from keqiao_match.errors import EncoderDown

Floats = NDArray[np.float32]
_KEPT = 20_000  # vectors of recent titles; 80 MB at 1,024 floats each
_LONGEST = 512  # tokens


class Encoder(Protocol):
    """Anything that turns texts into vectors."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """(texts, d) float32. Rows need not be unit. Raises EncoderDown when it cannot."""
        ...


class EndpointEncoder:
    """An OpenAI-compatible endpoint: POST {url}/embeddings with model and input."""

    def __init__(self, url: str, model: str, *, key: str = "", timeout_s: float = 10.0) -> None:
        if not url.startswith(("http://", "https://")):
            raise EncoderDown(
                f"向量服务地址 {url!r} 不能用：应以 http:// 或 https:// 开头，例如 http://127.0.0.1:8080/v1。"
            )
        self._url, self._model, self._key, self._timeout_s = url.rstrip("/"), model, key, timeout_s

    def encode(self, texts: Sequence[str]) -> Floats:
        asked = json.dumps({"model": self._model, "input": list(texts)}).encode()
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(f"{self._url}/embeddings", asked, headers)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as answer:
                rows = sorted(json.load(answer)["data"], key=lambda row: row["index"])
            vectors = np.array([row["embedding"] for row in rows], np.float32)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EncoderDown(
                f"向量服务 {self._url} 没有给出可用的回答（{error}）。检查服务与模型名 {self._model}，"
                "或不带 encoder 使用引擎。"
            ) from error
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise EncoderDown(
                f"向量服务 {self._url} 对 {len(texts)} 段文字给出了 {len(vectors)} 个向量，应一一对应。"
            )
        return vectors


class OnnxEncoder:
    """A folder with model.onnx and tokenizer.json; the mean of the last layer over a text's tokens."""

    def __init__(self, folder: str | Path) -> None:
        folder = Path(folder)
        for name in ("model.onnx", "tokenizer.json"):
            if not (folder / name).is_file():
                raise EncoderDown(f"{folder} 里没有 {name}。模型文件夹应有 model.onnx 和 tokenizer.json。")
        try:
            runtime, tokenizers = import_module("onnxruntime"), import_module("tokenizers")
        except ImportError as error:
            raise EncoderDown(
                f"没有安装 {error.name}，不能运行本地模型。安装 onnxruntime 和 tokenizers，或改用 EndpointEncoder。"
            ) from error
        self._session: Any = runtime.InferenceSession(str(folder / "model.onnx"))
        self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_LONGEST)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str]) -> Floats:
        cut = self._tokenizer.encode_batch(list(texts))
        mask = np.array([one.attention_mask for one in cut], np.int64)
        given = {
            "input_ids": np.array([one.ids for one in cut], np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([one.type_ids for one in cut], np.int64),
        }
        known = {one.name for one in self._session.get_inputs()}
        hidden = self._session.run(None, {name: value for name, value in given.items() if name in known})[0]
        return mean_of_tokens(np.asarray(hidden, np.float32), mask)


def mean_of_tokens(hidden: Floats, mask: NDArray[np.int64]) -> Floats:
    """(texts, d) from (texts, tokens, d): the mean over the tokens that the mask counts."""
    weights = mask[:, :, None].astype(np.float32)
    means: Floats = (hidden * weights).sum(1) / np.maximum(weights.sum(1), 1.0)
    return means


class Titles:
    """Unit vectors of titles, kept for the next question."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: OrderedDict[str, Floats] = OrderedDict()

    def alike(self, asked: str, titles: Sequence[str]) -> list[float]:
        """Cosine of `asked` with each title, 0..1, negative ones as 0. New titles are encoded in one call."""
        wanted = [title for title in dict.fromkeys([asked, *titles]) if title.strip()]
        if missing := [title for title in wanted if title not in self._known]:
            for title, vector in zip(missing, self._encoder.encode(missing), strict=True):
                self._known[title] = vector / (float(np.linalg.norm(vector)) or 1.0)
        vectors = {title: self._known[title] for title in wanted}
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        if asked not in vectors:
            return [0.0] * len(titles)
        mine = vectors[asked]
        return [
            max(0.0, min(1.0, float(mine @ vectors[title]))) if title in vectors else 0.0 for title in titles
        ]
