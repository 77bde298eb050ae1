"""Run the stages of one call: the edge where audio and models are touched."""

from __future__ import annotations

import base64
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pipeline.audio import encode_playback, find_layout, measure_quality, open_recording, waveform
from pipeline.audio.container import check_file
from pipeline.audio.layout import SILENT_CHANNEL
from pipeline.errors import MissingComponentError
from pipeline.identity import file_digest, place_digest, printable_name
from pipeline.report.assemble import CHANNEL_NAMES
from pipeline.speech import SpeechResult, detect_speech, hear_words, measure_voice
from pipeline.stages.artifacts import Artifacts, digest_of
from pipeline.stages.background import background_notes
from pipeline.stages.later import stored_later_calls
from pipeline.stages.moves import Said, finder_of, moves_config, moves_data, no_moves
from pipeline.stages.speakers import SharedChannel, by_speaker, not_told_apart, wordless
from pipeline.stages.stored import StageData, StoredCall, parties_of
from pipeline.words import UNWORDED_S, Transcript, fit_words, transcribe, with_more, without_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.audio import Recording
    from pipeline.settings import Settings
    from pipeline.stages.models import Models, Progress
    from pipeline.stages.speakers import Diarizer
    from pipeline.stages.transcripts import TranscriptFile
    from pipeline.timeline import SpanSet
    from pipeline.words import Recognizer

POINTS_PER_S = 50
SOURCE = "source"
PLAYBACK = "playback.ogg"
_ALONE_UNWORDED_S = 0.9  # one party's speech of this length mostly has words
_REVISION = 10  # of what the stages store; raise it when a stage's code changes its output


@dataclass(frozen=True)
class CallSource:
    """A recording to analyse, and what is known of the call beforehand; of its content, if it was read.

    With a transcript no words are recognised: they are taken from it.
    """

    path: Path
    call_id: str
    recorded_at: str | None = None
    agent: str | None = None
    customer: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    sha256: str | None = None
    transcript: TranscriptFile | None = None

    def known(self, sha256: str) -> dict[str, Any]:
        """Return what the stage ``source`` holds, given the digest of the content."""
        return {
            "name": printable_name(self.path.name),
            "sha256": sha256,
            "place_sha256": place_digest(self.path),
            "recorded_at": self.recorded_at,
            "agent": self.agent,
            "customer": self.customer,
            "metadata": self.metadata,
        }


class CallStages:
    """The stages of one call, run or read; a context manager that lets go of the decoded audio.

    Parameters
    ----------
    source : CallSource
    folder : Path
        The call's folder, ``DIR/<call-id>``.
    settings : Settings
    models : Models
    progress : callable
        Called with (stage, completed, total).
    """

    def __init__(
        self, source: CallSource, folder: Path, settings: Settings, models: Models, progress: Progress
    ) -> None:
        self.source = source
        self.settings = settings
        self.models = models
        self.progress = progress
        self.artifacts = Artifacts(folder)
        self._exit = ExitStack()
        self._recording: Recording | None = None

    def __enter__(self) -> CallStages:
        return self

    def __exit__(self, *exc: object) -> None:
        self._exit.close()

    def run(self) -> StoredCall:
        """Bring all stages up to date.

        Returns
        -------
        StoredCall
            What a score needs.

        Raises
        ------
        InputError
            If the recording is no good; nothing is written then.
        MissingComponentError
            If a model is missing.
        OutputError
            If the artifacts can't be written.
        """
        check_file(self.source.path)
        sha256 = self.source.sha256 or file_digest(self.source.path)
        audio, audio_key = self._layout(sha256)
        source = self._keep_source(sha256)
        used = tuple(audio["used"])
        if self.source.transcript is not None:
            self.source.transcript.check(audio["duration_s"])
        silero = self.models.silero_id()
        models = {"silero": silero}
        segmentation = self.models.segmentation_id(self.settings)
        if segmentation is not None:
            models["segmentation"] = segmentation
        speech_key = self._key("speech", audio_key, asdict(self.settings.speech), models)
        speech = self.artifacts.get("speech", speech_key, lambda: self._speech(used))
        words, words_key = self._said(speech, speech_key, audio, models)
        heard_key = self._key("heard", speech_key, words_key)
        if len(used) > 1:
            heard = self.artifacts.get("heard", heard_key, lambda: self._heard(speech, words, used))
        else:
            mix = self.artifacts.get("mix", heard_key, lambda: self._heard(speech, words, used))
            heard, heard_key = self._speakers(SharedChannel(used[0], mix, words), heard_key, models)
        moves = self._moves(heard, heard_key, audio, models)
        self._playback(audio_key, used)
        elapsed_s = self.artifacts.elapsed_s
        data = StageData.of(source=source, audio=audio, heard=heard, moves=moves)
        call = data.to_call(self.source.call_id, models, elapsed_s)
        return replace(call, later_calls=stored_later_calls(self.artifacts.folder.parent))

    @staticmethod
    def _key(stage: str, *made_from: Any) -> str:
        return digest_of([stage, _REVISION, *made_from])

    def _keep_source(self, sha256: str) -> dict[str, Any]:
        known = self.source.known(sha256)
        kept: dict[str, Any] = self.artifacts.get(SOURCE, digest_of(known), lambda: known)
        return kept

    def _open(self) -> Recording:
        if self._recording is None:
            # Decoded samples are large and private: they go where the results go, not to a shared /tmp.
            nearest = next(folder for folder in self.artifacts.folder.absolute().parents if folder.is_dir())
            self._recording = self._exit.enter_context(
                open_recording(
                    self.source.path,
                    self.settings.audio,
                    lambda done, total: self.progress("decoding", done, total),
                    nearest,
                )
            )
        return self._recording

    def _layout(self, sha256: str) -> tuple[dict[str, Any], str]:
        """Return the stage ``audio`` and its key; a given channel counts where one of the two is silent."""
        key = self._key("audio", sha256, asdict(self.settings.audio))
        own = self._key("audio", key, "own channels")
        given = self.settings.agent_channel != "auto"
        audio = self.artifacts.read("audio", own) if given else None
        if audio is not None:
            return audio, own
        audio = self.artifacts.get("audio", key, self._audio)
        if given and any(note["code"] == SILENT_CHANNEL for note in audio["notes"]):
            return self.artifacts.get("audio", own, lambda: self._audio(own_channels=True)), own
        return audio, key

    def _audio(self, *, own_channels: bool = False) -> dict[str, Any]:
        recording = self._open()
        layout = find_layout(recording, own_channels=own_channels)
        notes = [*recording.warnings, *layout.warnings]
        quality, peaks = {}, {}
        for channel in layout.channels:
            measured = measure_quality(recording, channel)
            quality[str(channel)] = measured.to_dict()
            notes += measured.warnings
            peaks[str(channel)] = base64.b64encode(
                bytes(waveform(recording, channel, points_per_s=POINTS_PER_S))
            ).decode()
        return {
            "duration_s": recording.duration_s,
            "rate_hz": recording.source.rate_hz,
            "channels": recording.source.channels,
            "container": recording.source.container,
            "codec": recording.source.codec,
            "layout": layout.kind,
            "layout_reason": layout.reason,
            "used": list(layout.channels),
            "quality": quality,
            "waveform": {"points_per_s": POINTS_PER_S, "peaks": peaks},
            "notes": [note.to_dict() for note in notes],
        }

    def _speech(self, used: tuple[int, ...]) -> dict[str, Any]:
        recording = self._open()
        result = detect_speech(
            recording,
            self.settings.speech,
            channels=used,
            progress=lambda done, total: self.progress("finding speech", done, total),
            further=self.models.witnesses(self.settings),
        )
        return result.to_dict()

    def _said(
        self,
        speech: dict[str, Any],
        speech_key: str,
        audio: dict[str, Any],
        models: dict[str, tuple[str, str]],
    ) -> tuple[dict[str, Any] | None, str]:
        """Return the stage ``words`` and its key: taken from the transcript, recognised, or none."""
        used, asked, given = tuple(audio["used"]), self.settings.words, self.source.transcript
        if given is not None:
            models["transcript"] = (given.name, given.sha256)
            key = self._key("words", speech_key, given.key(asked.language))
            return self.artifacts.get(
                "words", key, lambda: given.words(speech, used, audio["duration_s"], asked.language)
            ), key
        if not self.settings.transcript:
            return None, "none"
        models["whisper"] = self.models.whisper_id(self.settings)
        key = self._key("words", speech_key, asdict(asked), models["whisper"])
        words = self.artifacts.read("words", key)
        if words is None:
            recognizer = self.models.recognizer(self.settings)  # loading is not the stage's own time
            words = self.artifacts.get("words", key, lambda: self._words(speech, used, recognizer))
        return words, key

    def _words(self, speech: dict[str, Any], used: tuple[int, ...], recognizer: Recognizer) -> dict[str, Any]:
        found = SpeechResult.from_dict(speech)
        heard = dict(zip(used, found.channels, strict=True))
        transcript = transcribe(
            self._open(),
            {channel: own.candidates for channel, own in heard.items()},
            self.settings.words,
            recognizer,
            lambda done, total: self.progress("transcribing", done, total),
        )
        if len(used) == 1:
            return transcript.to_dict()  # its speakers are told apart first
        sure = {channel: own.spans for channel, own in heard.items()}
        return self._second_try(transcript, sure, _ALONE_UNWORDED_S).to_dict()

    def _heard(
        self, speech: dict[str, Any], words: dict[str, Any] | None, used: tuple[int, ...]
    ) -> dict[str, Any]:
        """Let the words speak as a witness, give them their place, and listen to how each span ends."""
        found = SpeechResult.from_dict(speech)
        transcript = Transcript.from_dict(words) if words is not None else None
        channels = dict(zip(used, found.channels, strict=True))
        if transcript is not None:
            channels = {
                channel: hear_words(own, transcript.words.get(channel, ()), self.settings.speech)
                for channel, own in channels.items()
            }
            transcript = fit_words(transcript, {channel: own.spans for channel, own in channels.items()})
        voices = {
            str(channel): [voice.to_dict() for voice in measure_voice(self._open(), channel, own.spans)]
            for channel, own in channels.items()
        }
        notes = [*background_notes(channels)]
        if transcript is not None and len(used) > 1:
            names = {channel: f"the {CHANNEL_NAMES[channel]} channel" for channel in used}
            notes += wordless(transcript, {channel: own.spans for channel, own in channels.items()}, names)
        return {
            "speech": SpeechResult(tuple(channels.values()), found.crosstalk).to_dict(),
            "words": transcript.to_dict() if transcript is not None else None,
            "voices": voices,
            "notes": [note.to_dict() for note in notes],
        }

    def _speakers(
        self, shared: SharedChannel, mix_key: str, models: dict[str, tuple[str, str]]
    ) -> tuple[dict[str, Any], str]:
        """Tell the speakers of a shared channel apart; without the means it stays one mix, with a warning."""
        settings = self.settings.diarization
        try:
            known = self.models.diarizer_ids(self.settings)
        except MissingComponentError as error:
            if settings.diarizer != type(settings)().diarizer:  # asked for by name
                raise
            reason = f"Agent and customer share a channel and are not told apart. {error.message}"
            reason = f"{reason} {error.remedy}" if error.remedy else reason
            key = self._key("heard", mix_key, reason)
            return self.artifacts.get("heard", key, lambda: not_told_apart(shared.mix, reason)), key
        models |= known
        key = self._key("heard", mix_key, asdict(settings), known)
        heard = self.artifacts.read("heard", key)
        if heard is None:
            diarizer = self.models.diarizer(self.settings)  # loading is not the stage's own time
            heard = self.artifacts.get("heard", key, lambda: self._told_apart(shared, diarizer))
        return heard, key

    def _told_apart(self, shared: SharedChannel, diarizer: Diarizer) -> dict[str, Any]:
        settings = self.settings.diarization
        recording = self._open()
        found = diarizer.diarize(
            recording,
            shared.channel,
            SpeechResult.from_dict(shared.mix["speech"]).channels[0].spans,
            settings,
            lambda done, total: self.progress("telling speakers apart", done, total),
        )
        words = shared.words
        if words is not None and self.source.transcript is None:
            transcript = Transcript.from_dict(words)
            words = self._second_try(transcript, {shared.channel: found.speech}).to_dict()
        return by_speaker(replace(shared, words=words), found, recording, settings.alike_cosine)

    def _second_try(
        self, transcript: Transcript, speech: Mapping[int, SpanSet], least_s: float = UNWORDED_S
    ) -> Transcript:
        """Transcribe once more, by itself, the speech in which nothing was recognised for so long."""
        missed = {
            channel: found
            for channel, own in speech.items()
            if (found := without_words(transcript.words.get(channel, ()), own, least_s))
        }
        if not missed:
            return transcript
        settings = replace(self.settings.words, language=transcript.language or self.settings.words.language)
        recognizer = self.models.recognizer(self.settings)
        return with_more(transcript, transcribe(self._open(), missed, settings, recognizer))

    def _moves(
        self,
        heard: dict[str, Any],
        heard_key: str,
        audio: dict[str, Any],
        models: dict[str, tuple[str, str]],
    ) -> dict[str, Any]:
        """Find what each sentence does, once for each way the roles can be."""
        if heard["words"] is None:
            none: dict[str, Any] = self.artifacts.get("moves", self._key("moves", heard_key), no_moves)
            return none
        speech = SpeechResult.from_dict(heard["speech"])
        transcript = Transcript.from_dict(heard["words"])
        said = Said(
            audio["duration_s"],
            {party: own.spans for party, own in zip(parties_of(heard, audio), speech.channels, strict=True)},
            transcript.words,
            transcript.language,
            self.source.customer,
        )
        settings = self.settings.moves
        config = moves_config(said.language, settings)
        if config.moves and settings.sentence_model:
            known = self.models.sentences_id(self.settings)
            if known is not None:
                models["sentences"] = known
        judge = [settings.judge_url, settings.judge_model]
        finder = [*finder_of(said.language, config), models.get("sentences")]
        key = self._key("moves", heard_key, finder, said.customer, judge)

        def make() -> dict[str, Any]:
            self.progress("finding moves", 0, None)
            return moves_data(
                said, settings, lambda: self.models.embedder(self.settings) if "sentences" in models else None
            )

        found: dict[str, Any] = self.artifacts.get("moves", key, make)
        return found

    def _playback(self, audio_key: str, used: tuple[int, ...]) -> None:
        def make() -> dict[str, Any]:
            encoded = encode_playback(self._open(), used)
            self.artifacts.write_bytes(PLAYBACK, encoded)
            return {"file": PLAYBACK, "bytes": len(encoded), "channels": [CHANNEL_NAMES[c] for c in used]}

        self.artifacts.get("playback", self._key("playback", audio_key), make)
