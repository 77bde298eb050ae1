"""What a reader is told of other people in the room, heard on a party's channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.report.assemble import CHANNEL_NAMES
from pipeline.timeline.notes import Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.speech import ChannelSpeech

BACKGROUND_VOICES = "background_voices"  # code of the note
_LEAST_S = 1.0


def background_notes(channels: Mapping[int, ChannelSpeech]) -> Iterator[Note]:
    """Yield a note for each channel on which other people are heard, or may be.

    Parameters
    ----------
    channels : mapping of channel to ChannelSpeech
        Of a recording with a party on each channel.
    """
    for channel, own in channels.items():
        left_out_s, faint_s = own.background.duration_s, own.faint.duration_s
        told = []
        if left_out_s >= _LEAST_S:
            told.append(
                f"{left_out_s:.0f} s of voices far below the party's were taken for other people and left out"
            )
        if faint_s >= _LEAST_S:
            told.append(f"{faint_s:.0f} s may be the party's or other people's, so nothing rests on them")
        if told:
            first = min([*own.background, *own.faint])
            place = f"On the {CHANNEL_NAMES[channel]} channel others are heard in the background"
            yield Note(BACKGROUND_VOICES, f"{place}: {'; '.join(told)}.", first)
