"""One recording, end to end: stages, score, and the files that a person opens."""

from __future__ import annotations

import base64
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.audio.container import check_file
from pipeline.files import private_folder, write_together
from pipeline.identity import call_id_for, file_digest, is_free
from pipeline.report.assemble import CHANNEL_NAMES
from pipeline.report.schema import encode_parts, join_parts
from pipeline.stages.artifacts import STAGES_FOLDER, Artifacts, digest_of
from pipeline.stages.checklists import to_keep
from pipeline.stages.run import PLAYBACK, SOURCE, CallSource, CallStages
from pipeline.stages.score import score

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from pipeline.measures import TalkTarget
    from pipeline.report.page import Page
    from pipeline.report.schema import Analysis, Pair, RoleInfo
    from pipeline.settings import AgentChannel, Settings
    from pipeline.stages.models import Models, Progress
    from pipeline.stages.stored import Waveform
    from pipeline.stages.transcripts import TranscriptFile

RESULT = "analysis.json"
PAGE = "timeline.html"
_HEAD_BYTES = 1024  # of a page, with its policy


class PageAudio(StrEnum):
    """Where a call's page has its audio."""

    INSIDE = "inside"
    BESIDE = "beside"  # the page is small, and plays the file in the call's folder
    NONE = "none"


@dataclass(frozen=True)
class Outcome:
    """What one recording came to.

    Parameters
    ----------
    analysis : Analysis
    result, page : Path
        The files written.
    stages_run : tuple of str
        Stages that were run, not read.
    """

    analysis: Analysis
    result: Path
    page: Path
    stages_run: tuple[str, ...]


def analyze_call(  # noqa: PLR0913 - the front door of the package; each is an option of its own
    recording: Path | CallSource,
    out: Path,
    settings: Settings,
    models: Models,
    *,
    taken: Collection[str] = (),
    agent_channel: AgentChannel | None = None,
    page_audio: PageAudio = PageAudio.INSIDE,
    transcript: TranscriptFile | None = None,
    progress: Progress,
) -> Outcome:
    """Analyse a recording and write its result and page.

    Parameters
    ----------
    recording : Path or CallSource
        The file; or the file with what is known of the call, its id among that.
    out : Path
        Folder of all results; the call gets one of its own inside.
    settings : Settings
    models : Models
    taken : collection of str
        Call ids given to other recordings in this run; counts where the id is not given.
    agent_channel : {"auto", "left", "right"}, optional
        For this call, in place of the settings'.
    page_audio : PageAudio
    transcript : TranscriptFile, optional
        What was said, made elsewhere: nothing is recognised then.
    progress : callable
        Called with (stage, completed, total).

    Raises
    ------
    InputError, MissingComponentError, OutputError
        See `CallStages.run`; nothing half-written is left.
    """
    if agent_channel is not None:
        settings = replace(settings, agent_channel=agent_channel)
    if transcript is not None:
        settings = replace(settings, transcript=True)
    with ExitStack() as stack:
        if isinstance(recording, CallSource):
            source, claimed = recording, False
        else:
            source, claimed = stack.enter_context(_claimed(recording, out, taken))
        if transcript is not None:
            source = replace(source, transcript=transcript)
        folder = out / source.call_id
        stages = stack.enter_context(CallStages(source, folder, settings, models, progress))
        stored = stages.run()
    made = ((SOURCE,) if claimed else ()) + tuple(stages.artifacts.made)
    analysis = score(stored, settings)
    private_folder(folder)
    result, page = folder / RESULT, folder / PAGE
    encoded = encode_parts(analysis)
    shown = make_page(analysis, folder, stored.audio.waveform, settings.talk, page_audio, encoded)
    write_together({**to_keep(folder, settings), result: join_parts(encoded), page: shown})
    return Outcome(analysis, result, page, made)


@contextmanager
def _claimed(path: Path, out: Path, taken: Collection[str]) -> Iterator[tuple[CallSource, bool]]:
    """Choose a recording's call id, and hold it against whoever runs beside.

    Who stores the source first has the folder. If nothing more gets stored, nothing is left.
    Gives the call and whether it is a new one.
    """
    check_file(path)
    sha256, is_new = file_digest(path), not out.exists()
    while True:
        source = CallSource(path, call_id_for(path, out, taken), sha256=sha256)
        folder = out / source.call_id
        known = source.known(sha256)
        is_ours = Artifacts(folder).write_first(SOURCE, digest_of(known), known)
        if is_ours or is_free(folder, path):
            break
    try:
        yield source, is_ours
    except BaseException:
        if is_ours:
            _give_back(folder)
            if is_new:
                with suppress(OSError):
                    out.rmdir()
        raise


def _give_back(folder: Path) -> None:
    """Take a call's folder away, if there is nothing in it but the source."""
    stages = folder / STAGES_FOLDER
    with suppress(OSError):
        if [path.name for path in (*folder.iterdir(), *stages.iterdir())] == [stages.name, f"{SOURCE}.json"]:
            (stages / f"{SOURCE}.json").unlink()
            stages.rmdir()
            folder.rmdir()


def make_page(
    analysis: Analysis,
    folder: Path,
    waveform: Waveform,
    target: TalkTarget,
    page_audio: PageAudio = PageAudio.INSIDE,
    encoded: Mapping[str, bytes] | None = None,
) -> Page:
    """Return the page of the call in a folder, with the audio that is stored there; see `render_page`."""
    from pipeline.report.page import PageMedia, render_page

    media = PageMedia(
        audio=Artifacts(folder).file(PLAYBACK) if page_audio is PageAudio.INSIDE else None,
        audio_beside=f"{STAGES_FOLDER}/{PLAYBACK}" if page_audio is PageAudio.BESIDE else None,
        waveform=_lanes(analysis, waveform),
        points_per_s=waveform.points_per_s,
    )
    return render_page(analysis, media, target=target, encoded=encoded)


def page_audio_of(page: Path) -> PageAudio:
    """Return where a written page has its audio: its policy, at the top, says what it may play.

    Inside, where there is no page or nothing in it.
    """
    from pipeline.report.page import PLAYS_BESIDE, PLAYS_INSIDE, media_policy

    try:
        with page.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return PageAudio.INSIDE
    kept = {PLAYS_INSIDE: PageAudio.INSIDE, PLAYS_BESIDE: PageAudio.BESIDE}
    return kept.get(media_policy(head), PageAudio.NONE) if head else PageAudio.INSIDE


def _lanes(analysis: Analysis, waveform: Waveform) -> dict[str, str]:
    """Return each role's waveform; on a shared channel a party has what sounds while it speaks.

    A recording whose parties are not told apart has one lane.
    """
    if analysis.roles.agent.channel is None:
        mix = next(iter(waveform.peaks.values()), "")
        spoken = {"agent": analysis.speech.agent, "customer": analysis.speech.customer}
        lanes = {
            role: _while_speaking(mix, spans, waveform.points_per_s)
            for role, spans in spoken.items()
            if spans
        }
        return lanes or ({"other": mix} if mix else {})
    roles: tuple[tuple[str, RoleInfo], ...] = (
        ("agent", analysis.roles.agent),
        ("customer", analysis.roles.customer),
    )
    found = {role: CHANNEL_NAMES.index(info.channel) for role, info in roles if info.channel}
    return {role: waveform.peaks[channel] for role, channel in found.items() if channel in waveform.peaks}


def _while_speaking(mix: str, spans: Iterable[Pair], points_per_s: float) -> str:
    peaks = base64.b64decode(mix)
    lane = bytearray(len(peaks))
    for start_s, end_s in spans:
        first, last = (min(len(peaks), round(time_s * points_per_s)) for time_s in (start_s, end_s))
        lane[first:last] = peaks[first:last]
    return base64.b64encode(lane).decode()
