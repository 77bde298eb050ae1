"""How the voice behaves at the end of a stretch of speech: measured once with the speech, judged later."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class VoiceFeatures:
    """What is heard in the last moments of one speech span; ``None`` = not measurable.

    A finished utterance falls away (about 8–12 dB over its last tenth of a second or more) and its pitch
    settles; one that is cut off stops at full voice.

    Parameters
    ----------
    end_drop_db : float, optional
        Level of the last 100 ms minus the level of the (up to) 2 s of this span's speech before them, dB;
        around -10 when the voice falls away, near 0 when it stops at full voice.
    end_fall_s : float, optional
        How long at the end the level (20 ms windows, every 10 ms) stays more than 6 dB below that of the
        (up to) 2 s before, seconds, at most 0.6. The least sensitive to where exactly the span's end was put:
        finished about 0.2, cut off about 0.02.
    end_pitch_hz : float, optional
        Median pitch of the voiced frames in the last 0.3 s, Hz.
    median_pitch_hz : float, optional
        Median pitch of that party in the whole call, Hz.
    level_db : float, optional
        Level of the (up to) 2 s before that, dB against full scale, 250–3500 Hz, pauses left out.

    Raises
    ------
    ValueError
        If a number is not finite.
    """

    end_drop_db: float | None = None
    end_fall_s: float | None = None
    end_pitch_hz: float | None = None
    median_pitch_hz: float | None = None
    level_db: float | None = None

    def __post_init__(self) -> None:
        if math.isfinite(sum(filter(None, _features(self)))):  # as ever: a call has hundreds of spans
            return
        for name in _NAMES:
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{name} is a finite number or None, not {value}")

    @property
    def end_pitch_ratio(self) -> float | None:
        """End pitch over the party's median pitch; ``None`` unless both are known."""
        if not self.end_pitch_hz or not self.median_pitch_hz:
            return None
        return self.end_pitch_hz / self.median_pitch_hz

    def to_dict(self) -> dict[str, float | None]:
        """Return all features by name, for storing; rounded to what can be told apart."""
        return {name: None if value is None else round(value, 3) for name, value in asdict(self).items()}


_NAMES = tuple(field.name for field in fields(VoiceFeatures))
_features = attrgetter(*_NAMES)
