"""Render the sample calls: dialogues/*.yaml → <call>.dual.flac and <call>.truth.json, and check them."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def compact(data: dict[str, Any]) -> str:
    """JSON for people: one line per small object or span."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    text = re.sub(r"\[\s+([0-9.]+),\s+([0-9.]+)\s+\]", r"[\1, \2]", text)

    def squeeze(match: re.Match[str]) -> str:
        flat = " ".join(match.group().split())
        return flat.replace("{ ", "{").replace(" }", "}").replace("[ ", "[").replace(" ]", "]")

    return re.sub(r"(?<=\n  )\{[^{}]*\}", squeeze, text) + "\n"


def render(path: Path, out: Path) -> dict[str, Any]:
    """Render one dialogue; returns its label file."""
    import soundfile
    from kit import dialogue, place, sound, truth

    stage = place.stage_call(dialogue.load(path))
    recording, measured = sound.record(stage)
    label = truth.truth_of(stage, measured)
    with soundfile.SoundFile(
        out / label["audio"], "w", place.OUT_RATE, 2, "PCM_16", format="FLAC", compression_level=1.0
    ) as flac:
        flac.write(recording)
    (out / f"{label['call_id']}.truth.json").write_text(compact(label), encoding="utf-8")
    return label


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", nargs="*", help="call ids (all dialogues unless given)")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the results (default: samples/)")
    parser.add_argument("--fetch", action="store_true", help="get the voice model and the voices, then stop")
    parser.add_argument("--check", action="store_true", help="render nothing; check the files that are there")
    args = parser.parse_args()
    if args.fetch:
        from kit import voices

        voices.fetch()
        return 0
    if not args.check:
        args.out.mkdir(parents=True, exist_ok=True)
        dialogues = HERE / "dialogues"
        paths = [dialogues / f"{c}.yaml" for c in args.calls] or sorted(dialogues.glob("*.yaml"))
        for path in paths:
            began = time.monotonic()
            label = render(path, args.out)
            print(f"{label['call_id']}: {label['duration_s']} s of call in {time.monotonic() - began:.0f} s")
    from kit import check

    return check.main(args.out, set(args.calls))


if __name__ == "__main__":
    raise SystemExit(main())
