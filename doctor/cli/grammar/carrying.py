"""The commands that bring envdoctor to where a user is: into a shell, and onto another machine."""

from __future__ import annotations

import argparse

from doctor.cli.grammar.base import Parser, new_parser

SHELLS = ("bash", "zsh", "fish")


def completion_parser() -> Parser:
    """The words of envdoctor completion."""
    epilog = """\
To have it in every new shell:

  bash   echo 'eval "$(envdoctor completion bash)"' >> ~/.bashrc
  zsh    echo 'eval "$(envdoctor completion zsh)"' >> ~/.zshrc
  fish   envdoctor completion fish > ~/.config/fish/completions/envdoctor.fish

What it prints asks envdoctor itself at each Tab: commands, options, values, codes of checks, names of environments.
"""
    parser = new_parser(
        "completion", "Print what teaches a shell to complete envdoctor's words at Tab.", epilog, "bash"
    )
    parser.add_argument("shell", choices=SHELLS, help="which shell")
    # what a shell asks for
    parser.add_argument("--words", dest="typed", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def zipapp_parser() -> Parser:
    """The words of envdoctor zipapp."""
    epilog = """\
Copy the file to the other machine and run it with any Python from 3.11 on; nothing is installed there:

  python3 envdoctor.pyz check /path/to/an/environment

The environment that it examines may be of any Python, and need not work. It carries what checking needs. The app
stays behind; a repair needs psutil, and comparing computed numbers numpy, in the Python that runs the file.
"""
    parser = new_parser(
        "zipapp", "Write envdoctor into one file that runs where nothing may be installed.", epilog, "-o envdoctor.pyz"
    )
    parser.add_argument("-o", "--output", metavar="FILE", default="envdoctor.pyz", help="where to (envdoctor.pyz)")
    parser.add_argument("--force", action="store_true", help="write over a file that is there")
    return parser
