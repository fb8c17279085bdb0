"""An environment.yml that was exported on one machine becomes one for all, with its comments and in its order."""

from __future__ import annotations

import yaml

from doctor.facts import DirectUrl
from doctor.facts.build import distribution, environment
from doctor.judgement.portable import portable, variant_of

EXPORTED = """\
# made by a person
name: lab
channels:
  - conda-forge   # first
  - nodefaults
dependencies:
  - python=3.11.7=hab00c5b_1_cpython   # the one that we agreed on
  - numpy==1.26.4=py311h64a7726_0
  - libblas=3.9.0=26_linux64_mkl
  - "pytorch=2.5.1=py3.11_cuda12.4_cudnn9.1.0_0"
  - scipy 1.14.0 py311h517d4fd_1
  - libblas=*=*openblas
  - pytorch=2.5.*=cuda*
  - conda-forge::zlib=1.3.1=h4ab18f5_1
  - xz[version=5.4, build=h5eee18b_0]
  - hdf5[build=h5eee18b_0]
  - pandas>=2,<3
  - pip
  # pip's own
  - pip:
      - --extra-index-url https://example.org/simple
      - requests==2.32.0
      - demo @ file:///home/builder/demo.whl
      - known @ file:///croot/known_17/work
      - -e /home/somebody/project
      - odd==1=2
  - openssl=3.3.1=h4ab18f5_1
variables:
  prefix: kept
prefix: /home/somebody/miniforge3/envs/lab
"""


def test_prefix_builds_and_local_places_go_and_everything_else_stays() -> None:
    facts = environment(distributions=[distribution("known", "1.2"), distribution("demo", "1", direct_url=_LOCAL)])
    text = portable(EXPORTED, facts)
    body = yaml.safe_load(text)
    assert "prefix" not in body
    assert body["variables"] == {"prefix": "kept"}
    assert body["dependencies"] == [
        "python=3.11.7",
        "numpy==1.26.4",
        "libblas=3.9.0",
        "pytorch=2.5.1",
        "scipy=1.14.0",
        "libblas=*=*openblas",
        "pytorch=2.5.*=cuda*",
        "conda-forge::zlib=1.3.1",
        "xz[version=5.4]",
        "hdf5",
        "pandas>=2,<3",
        "pip",
        {"pip": ["--extra-index-url https://example.org/simple", "requests==2.32.0", "known==1.2", "odd==1=2"]},
        "openssl=3.3.1",
    ]
    assert "# made by a person\n" in text
    assert "  - conda-forge   # first\n" in text
    assert "  - python=3.11.7   # the one that we agreed on\n" in text
    assert "  - libblas=3.9.0  # its build was of mkl\n" in text
    assert "      # left out: demo comes from a place of one machine\n" in text
    assert "somebody" not in text
    assert portable(text, facts) == text, "once is enough"


_LOCAL = DirectUrl("file:///home/builder/demo.whl")


def test_a_portable_file_stays_as_it_is_whatever_its_line_ends() -> None:
    facts = environment()
    for text in (
        "",
        "name: x\r\ndependencies:\r\n- numpy=1.26\r\n- pip:\r\n  - a\r\n",
        "- not\n- an environment",
        "\0",
    ):
        assert portable(text, facts) == text
    text = "dependencies:\r\n- numpy=1.26.4=py311_0\r\n- pip:\r\n  - a==1\r\n- zlib=1=0\r\n"
    assert portable(text, facts) == "dependencies:\r\n- numpy=1.26.4\r\n- pip:\r\n  - a==1\r\n- zlib=1\r\n"


def test_a_build_says_what_numbers_and_devices_depend_on() -> None:
    assert variant_of("py3.11_cuda12.4_cudnn9.1.0_0") == "cuda12.4"
    assert variant_of("cuda120_py311h4b8e4df_1") == "cuda120"
    assert variant_of("26_linux64_openblas") == "openblas"
    assert variant_of("mpi_openmpi_h4f84152_1") == "openmpi"
    assert variant_of("py311h64a7726_0") == ""
