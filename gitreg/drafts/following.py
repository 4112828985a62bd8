"""What a draft came to so far, followed while it grows: what was read once is put down, and only what came after is read.

A training appends for days, and is looked at again and again. Knows no artifacts: they are counted when it ends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from gitreg.domain.candidate import DataSource, ModelLink
from gitreg.domain.curves import Folding, MetricPoint
from gitreg.domain.times import time_text
from gitreg.drafts.content import DraftContent, take_in
from gitreg.drafts.entries import Artifact, Earlier, Ended, Removal
from gitreg.drafts.journal import Journal
from gitreg.drafts.lines import entry_of


@dataclass
class Followed:
    """What a journal said until a place in it.

    Args:
        offset: the place, in bytes.
        content: what was said, without metric points and artifacts.
        folding: the metric points.
    """

    offset: int = 0
    content: DraftContent = field(default_factory=DraftContent)
    folding: Folding = field(default_factory=Folding)

    def read_on(self, journal: Path) -> None:
        """Reads what was appended since.

        Raises:
            NotFoundError: if the draft was removed meanwhile.
            RecordError: if the journal holds what no gitreg wrote.
        """
        torn = 0
        for text, end in Journal(journal).lines_after(self.offset):
            entry = entry_of(text, journal)
            if entry is None:
                torn += 1  # begun and perhaps still being written: it is looked at again until more comes after it
                continue
            self.offset, self.content.torn, torn = end, self.content.torn + torn, 0
            if isinstance(entry, MetricPoint):
                self.folding.add(entry)
            elif isinstance(entry, Earlier):
                self.folding.add_earlier(entry.last, entry.curve)
            elif not isinstance(entry, (Artifact, Removal)):
                take_in(self.content, entry, journal.parent)

    def put_down(self) -> str:
        """All of it as text, for `taken_up`."""
        content = self.content
        ended = content.ended
        return json.dumps({
            "offset": self.offset,
            "points": self.folding.put_down(),
            "params": content.params,
            "tags": content.tags,
            "notes": content.notes,
            "data": [one.model_dump(mode="json") for one in content.data],
            "models": [one.model_dump(mode="json") for one in content.models],
            "name": content.name,
            "deleted": _text(content.deleted),
            "ended": [ended.status, _text(ended.time)] if ended else None,
            "waits": content.waits,
            "until": _text(content.until),
            "torn": content.torn,
            "unknown": sorted(content.unknown),
        })  # fmt: skip

    @classmethod
    def taken_up(cls, text: str) -> Self:
        """What was put down, to go on from there.

        Raises:
            ValueError: if that is not what it was.
        """
        try:
            found = json.loads(text)
            ended = found["ended"]
            content = DraftContent(
                params=dict(found["params"]),
                tags=dict(found["tags"]),
                notes=str(found["notes"]),
                data=[DataSource.model_validate(one) for one in found["data"]],
                models=[ModelLink.model_validate(one) for one in found["models"]],
                name=found["name"],
                deleted=_time(found["deleted"]),
                ended=Ended(ended[0], _time(ended[1])) if ended else None,
                waits=bool(found["waits"]),
                until=_time(found["until"]),
                torn=int(found["torn"]),
                unknown=set(found["unknown"]),
            )
            return cls(int(found["offset"]), content, Folding.taken_up(found["points"]))
        except (KeyError, TypeError, IndexError, RecursionError) as error:
            raise ValueError("this is no draft that was put down") from error


def _text(moment: datetime | None) -> str | None:
    return time_text(moment) if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
