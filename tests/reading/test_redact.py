"""Secrets go when a text is read; what helps to understand it stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.reading.redact import has_secret, redact, show

SECRETS = {
    "user and password": ("https://alice:hunter2@pypi.example.com/simple", "hunter2"),
    "token as user": ("https://glpat-123456@gitlab.example.com/x", "glpat-123456"),
    "conda token": ("https://conda.example.com/t/ab-12345678/channel/linux-64", "ab-12345678"),
    "query": ("https://example.com/p.whl?X-Amz-Signature=deadbeef&x=1", "deadbeef"),
    "assignment": ("api_key=sk-live-1234", "sk-live-1234"),
    "variable": ("export MY_TOKEN=abcdef", "abcdef"),
    "url and assignment": ("curl https://x.example/a --data password=hunter2", "hunter2"),
    "yaml": ("password: hunter2", "hunter2"),
    "token of GitHub by itself": ("fatal: ghp_" + "a1B2" * 9, "ghp_" + "a1B2" * 9),
    "token of Hugging Face by itself": ("login(hf_" + "aBcD" * 9 + ")", "hf_" + "aBcD" * 9),
    "token of PyPI by itself": ("twine upload -p pypi-AgE" + "x-Y1" * 12, "pypi-AgE" + "x-Y1" * 12),
    "key of Amazon by itself": ("AKIA" + "ABCD1234" * 2, "AKIA" + "ABCD1234" * 2),
    "in a command": ("conda install -c https://conda.example.com/t/tk-99/main numpy", "tk-99"),
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS.keys())
def test_secret_goes(text: str, secret: str) -> None:
    assert secret in text
    assert has_secret(text)
    assert secret not in redact(text)
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "/tmp/work/t/env",
        "conda install tiktoken=0.5.1 tokenizers==0.15.2",
        "tokenizers>=0.13",
        "https://conda.anaconda.org/conda-forge/linux-64",
        "git+https://github.com/org/repo@v1.2",
        "git+ssh://git@github.com/org/repo",
        "https://user:${PASSWORD}@pypi.example/simple",
        "numpy>=1.2",
        "a: b",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text
    assert not has_secret(text)


def test_home_becomes_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    assert show(Path("/home/alice/envs/demo")) == "~/envs/demo"
    assert show("/home/alicent/envs") == "/home/alicent/envs"
    assert redact("file:///home/alice/src/pkg") == "file://~/src/pkg"
