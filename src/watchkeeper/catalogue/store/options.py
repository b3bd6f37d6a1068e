"""Options of the log store."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Duration, LabelSelector, Many, Size


class KeepRule(Options):
    """Streams that are kept for another time than the rest."""

    selector: LabelSelector = Field(description="Which streams.", examples=['{job="debug"}'])
    keep: Duration = Field(description="How long their lines are kept.", examples=["7d"])


class StoreOptions(Options):
    """What a description may say about the log store beyond the shared ``retention`` section."""

    keep: Many[KeepRule] = Field(default=(), description="Streams with a retention of their own; the first match counts.")
    max_line_size: Size = Field(default=256 * 1024, gt=0, description="Longest line that is accepted.", examples=["256KiB"])
    max_streams: int = Field(default=5000, gt=0, description="Streams one tenant may have at a time.")
    push_warning_s: float = Field(default=1.0, gt=0, description="95th percentile of pushes, in seconds, that warns.")
    otlp_grpc: bool = Field(default=False, description="Take OTLP over gRPC as well, on a port of its own; costs about 20 MB.")
