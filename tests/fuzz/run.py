"""Fuzz one parser, led by the branches that its inputs reach.

    python -m tests.fuzz.run verify_raw --runs 100000 --seed 1 --corpus build/fuzz

The corpus keeps every input that reached something further, so a later run goes on where this one
ended. A finding ends the run with the exception and leaves the input beside the corpus.
"""

import argparse
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["watchword"]):
    from tests.fuzz import encrypted, forms, keys, texts, tokens
    from tests.fuzz.target import Target

TARGETS = texts.TARGETS | tokens.TARGETS | forms.TARGETS | encrypted.TARGETS | keys.TARGETS
INPUT_BYTES_MAX = 4_096
RUN_SECONDS_MAX = 10  # of one input; a parser that takes longer has no bound


def main() -> None:
    """Run one target."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("target", choices=sorted(TARGETS))
    arguments.add_argument("--runs", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--corpus", type=Path, default=Path("build/fuzz"))
    options = arguments.parse_args()
    target = TARGETS[options.target]
    corpus = options.corpus / options.target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup(
        [
            sys.argv[0],
            f"-atheris_runs={options.runs}",
            f"-seed={options.seed}",
            f"-max_len={INPUT_BYTES_MAX}",
            f"-timeout={RUN_SECONDS_MAX}",
            f"-artifact_prefix={options.corpus}/{options.target}-",
            str(corpus),
        ],
        lambda data: one_input(target, data),
    )
    atheris.Fuzz()


def one_input(target: Target, data: bytes) -> None:
    """Feed one input; a refusal that the parser promises is no finding."""
    try:
        target.run(data)
    except target.refusals:
        return


if __name__ == "__main__":
    main()
