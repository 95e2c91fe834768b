"""Run the counts that are too large for every run: chunk by chunk, seeded, resumable.

A campaign is an ordinary test with a larger count; each of its chunks has a seed of its own. What
is done is written down under build/nightly/, so a run that was ended goes on where it was. A chunk
that fails ends the run, names the seed, and is tried again first.

    python tools/nightly.py                      every campaign
    python tools/nightly.py mutations fuzz       these
    python tools/nightly.py --chunks 1           at most one chunk of each: a rehearsal
"""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / "build" / "nightly"


@dataclass(frozen=True, slots=True)
class Campaign:
    """A test, the count of one chunk and how many chunks make the whole."""

    name: str
    tests: str
    variable: str
    count: int
    chunks: int
    environment: dict[str, str] = field(default_factory=dict)


CAMPAIGNS = (
    # STYLE section 10: the ordinary run repeats its examples, so others are looked for here.
    Campaign("properties", "tests/properties", "WATCHWORD_EXAMPLES", 1_000, 10),
    # access.md T1, security.md 86: a million decisions, by four readings and an evaluator apart.
    Campaign(
        "access", "tests/properties/test_access_relations.py", "WATCHWORD_LAW_CASES", 50_000, 20
    ),
    # access.md section 6 (4): a million decisions, by the check and by Cedar from its text.
    Campaign("cedar", "tests/properties/test_access_cedar.py", "WATCHWORD_CEDAR_CASES", 50_000, 20),
    # access.md section 6 (2): a million decisions, by SQL text and by the ORM's filter.
    Campaign("text", "tests/properties/test_access_text.py", "WATCHWORD_TEXT_CASES", 50_000, 20),
    # tokens.md J-30: ten million changed tokens, over four algorithms.
    Campaign(
        "mutations", "tests/properties/test_jose_mutations.py", "WATCHWORD_MUTATIONS", 50_000, 50
    ),
    # tokens.md section 7: a million tokens, cached and not.
    Campaign(
        "cache", "tests/jose/jwt/test_cache_differential.py", "WATCHWORD_CACHE_RUNS", 100_000, 10
    ),
    # tokens.md section 7: a million payloads, by what was learned and by the ordinary way.
    Campaign(
        "shapes", "tests/jose/jwt/test_shape_differential.py", "WATCHWORD_SHAPE_RUNS", 100_000, 10
    ),
    # tokens.md section 7: a million tokens, by what is kept with a key and by what is built anew.
    Campaign(
        "parse", "tests/jose/jwt/test_parse_differential.py", "WATCHWORD_PARSE_RUNS", 100_000, 10
    ),
    # tokens.md section 9: a million inputs for each parser, led by the corpus of all chunks so far.
    Campaign(
        "fuzz",
        "tests/fuzz/test_fuzz.py",
        "WATCHWORD_FUZZ_RUNS",
        100_000,
        10,
        {"WATCHWORD_FUZZ_CORPUS": str(STATE / "corpus")},
    ),
    # oauth.md R-1: 2,000 families of 50 refreshes, 1 % of the answers lost, on each store.
    Campaign(
        "refresh",
        "tests/stores/test_refresh_simulation.py",
        "WATCHWORD_REFRESH_FAMILIES",
        500,
        4,
    ),
    # oauth.md S-10: 1,000 rounds of 200 redemptions from two processes, by kind and store.
    Campaign("codes", "tests/stores/test_redemption_races.py", "WATCHWORD_RACE_ROUNDS", 100, 10),
    # tokens.md section 9: a million tokens, judged by six libraries.
    Campaign(
        "differential",
        "tests/differential/test_differential.py",
        "WATCHWORD_DIFFERENTIAL",
        50_000,
        20,
    ),
)


def main() -> int:
    """Run what is not done yet."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("campaigns", nargs="*", metavar="campaign")
    arguments.add_argument("--chunks", type=int, default=sys.maxsize)
    options = arguments.parse_args()
    known = {campaign.name: campaign for campaign in CAMPAIGNS}
    unknown = set(options.campaigns) - set(known)
    if unknown:
        arguments.error(f"no campaign {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in options.campaigns or known:
        if not run(known[name], options.chunks):
            return 1
    return 0


def run(campaign: Campaign, chunks_max: int) -> bool:
    """Run the chunks of a campaign that are left, and say how far it is."""
    STATE.mkdir(parents=True, exist_ok=True)
    ledger = STATE / f"{campaign.name}-{campaign.count}.done"
    done = set(ledger.read_text().split()) if ledger.exists() else set()
    left = [chunk for chunk in range(campaign.chunks) if str(chunk) not in done]
    for chunk in left[:chunks_max]:
        if not run_chunk(campaign, chunk):
            print(f"{campaign.name}: chunk {chunk} failed; again with WATCHWORD_SEED={chunk}")
            return False
        with ledger.open("a") as file:
            file.write(f"{chunk}\n")
        done.add(str(chunk))
        print(
            f"{campaign.name}: {len(done)} of {campaign.chunks} chunks of {campaign.count:,} done",
            flush=True,
        )
    return True


def run_chunk(campaign: Campaign, chunk: int) -> bool:
    """Run one chunk; pytest says what failed."""
    environment = os.environ | campaign.environment
    environment |= {campaign.variable: str(campaign.count), "WATCHWORD_SEED": str(chunk)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "auto", campaign.tests]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
