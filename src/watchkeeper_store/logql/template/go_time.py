"""Go's time.Time as far as templates use it: layouts for writing and reading, and zones. Times without a zone are UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZERO_SECONDS = -62_135_596_800  # year 1
# The calendar repeats itself, weekdays included, after so many years.
_CYCLE_YEARS = 400
_CYCLE_SECONDS = 146_097 * 86_400

_ELEMENT = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|01|02|03|04|05|06|002|__2|_2006|_2|15|-07:00:00|-07:00|-0700|-070000|-07"
    r"|Z07:00:00|Z070000|Z07:00|Z0700|Z07|PM|pm|[.,]0+(?![0-9])|[.,]9+(?![0-9])|1|2|3|4|5"
)


@dataclass(frozen=True, slots=True, order=True)
class GoTime:
    """An instant, in nanoseconds since the epoch, seen from a zone."""

    ns: int
    zone: str = "UTC"

    def local(self) -> datetime:
        """Date and clock of the zone, but for the year; without nanoseconds."""
        seconds = self.ns // 1_000_000_000 + (_CYCLE_SECONDS if self._is_early else 0)
        moment = _EPOCH + timedelta(seconds=seconds)
        return moment.astimezone(_zone(self.zone) or UTC)

    @property
    def _is_early(self) -> bool:
        """Whether the instant is in or near a year that Python does not have: a time read without a year is in the year 0."""
        return self.ns // 1_000_000_000 < _ZERO_SECONDS + 366 * 86_400

    @property
    def year(self) -> int:
        """The year in the zone."""
        return self.local().year - (_CYCLE_YEARS if self._is_early else 0)

    def text(self) -> str:
        """Go's default form."""
        return self.format("2006-01-02 15:04:05.999999999 -0700 MST")

    def format(self, layout: str) -> str:
        """Write by a layout, in which parts of `Mon Jan 2 15:04:05 MST 2006` stand for themselves."""
        moment = self.local()
        fraction = f"{self.ns % 1_000_000_000:09d}"
        year = self.year
        return _ELEMENT.sub(lambda element: _written(element[0], moment, year, fraction), layout)


ZERO_TIME = GoTime(_ZERO_SECONDS * 1_000_000_000)


def _zone(name: str) -> ZoneInfo | timezone | None:
    if name in ("", "UTC", "Local"):
        return UTC
    offset = re.fullmatch(r"([+-])(\d\d):?(\d\d)", name)
    if offset is not None:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def known_zone(name: str) -> str | None:
    """The name, if it is one of a zone."""
    return name if _zone(name) is not None else None


def _offset(moment: datetime, *, colon: bool, minutes: bool = True) -> str:
    offset = moment.utcoffset() or timedelta()
    total = int(offset.total_seconds()) // 60
    sign, total = ("-", -total) if total < 0 else ("+", total)
    hours, rest = divmod(total, 60)
    if not minutes:
        return f"{sign}{hours:02d}"
    return f"{sign}{hours:02d}{':' if colon else ''}{rest:02d}"


def _zone_letters(moment: datetime) -> str:
    name = moment.tzname() or ""
    return _offset(moment, colon=False) if name.startswith("UTC") and name != "UTC" else name


def _written(element: str, moment: datetime, year: int, fraction: str) -> str:
    hour12 = moment.hour % 12 or 12
    simple = {
        "January": _MONTHS[moment.month - 1],
        "Jan": _MONTHS[moment.month - 1][:3],
        "Monday": _DAYS[moment.weekday()],
        "Mon": _DAYS[moment.weekday()][:3],
        "2006": f"{year:04d}",
        "_2006": f"_{year:04d}",
        "06": f"{year % 100:02d}",
        "01": f"{moment.month:02d}",
        "1": str(moment.month),
        "02": f"{moment.day:02d}",
        "_2": f"{moment.day:2d}",
        "2": str(moment.day),
        "002": f"{moment.timetuple().tm_yday:03d}",
        "__2": f"{moment.timetuple().tm_yday:3d}",
        "15": f"{moment.hour:02d}",
        "03": f"{hour12:02d}",
        "3": str(hour12),
        "04": f"{moment.minute:02d}",
        "4": str(moment.minute),
        "05": f"{moment.second:02d}",
        "5": str(moment.second),
        "PM": "PM" if moment.hour >= 12 else "AM",
        "pm": "pm" if moment.hour >= 12 else "am",
        "MST": _zone_letters(moment),
    }
    if element in simple:
        return simple[element]
    if element[0] in ".,":
        digits = fraction[: len(element) - 1]
        if element[1] == "0":
            return element[0] + digits
        digits = digits.rstrip("0")
        return element[0] + digits if digits else ""
    if element[0] == "Z" and not moment.utcoffset():
        return "Z"
    offset = _offset(moment, colon=":" in element, minutes=element not in ("-07", "Z07"))
    return offset + (":00" if element.endswith("00:00") else "00" if element.endswith("0000") else "")


_READERS = {
    "January": "(?P<month_name>[A-Za-z]+)",
    "Jan": "(?P<month_name>[A-Za-z]{3})",
    "Monday": "[A-Za-z]+",
    "Mon": "[A-Za-z]{3}",
    "2006": r"(?P<year>\d{4})",
    "06": r"(?P<short_year>\d{2})",
    "01": r"(?P<month>\d{2})",
    "1": r"(?P<month>\d{1,2})",
    "02": r"(?P<day>\d{2})",
    "_2": r"\s?(?P<day>\d{1,2})",
    "2": r"(?P<day>\d{1,2})",
    "15": r"(?P<hour>\d{2})",
    "03": r"(?P<hour12>\d{2})",
    "3": r"(?P<hour12>\d{1,2})",
    "04": r"(?P<minute>\d{2})",
    "4": r"(?P<minute>\d{1,2})",
    "05": r"(?P<second>\d{2})(?P<loose_fraction>[.,]\d+)?",
    "5": r"(?P<second>\d{1,2})(?P<loose_fraction>[.,]\d+)?",
    "PM": "(?P<half>AM|PM)",
    "pm": "(?P<half>am|pm)",
    "MST": "(?P<letters>[A-Z]{3,5}|[+-]\\d{2,4})",
}


def _pattern(layout: str) -> str:
    parts: list[str] = []
    position = 0
    for element in _ELEMENT.finditer(layout):
        parts.append(re.escape(layout[position : element.start()]))
        text = element[0]
        if text in _READERS:
            parts.append(_READERS[text])
        elif text[0] in ".,":
            parts.append(rf"(?P<fraction>[.,]\d{{{len(text) - 1}}})" if text[1] == "0" else r"(?P<fraction>[.,]\d+)?")
        elif text[0] in "-Z":
            minutes = "" if text in ("-07", "Z07") else (":" if ":" in text else "") + r"\d{2}"
            parts.append(rf"(?P<offset>{'Z|' if text[0] == 'Z' else ''}[+-]\d{{2}}{minutes})")
        else:
            parts.append(r"\s*\d+")
        position = element.end()
    parts.append(re.escape(layout[position:]))
    return "".join(parts)


def read_time(layout: str, text: str, zone: str) -> GoTime:
    """Read by a layout; what does not fit gives Go's zero time, as its callers ignore the error."""
    pattern = _pattern(layout)
    try:
        # A fraction may follow the seconds even where the layout has none; where it has one, that one counts.
        if "(?P<fraction>" in pattern:
            pattern = pattern.replace("(?P<loose_fraction>[.,]\\d+)?", "")
        found = re.fullmatch(pattern, text)
        return _assembled(found.groupdict(), zone) if found is not None else ZERO_TIME
    except (re.error, ValueError, OverflowError):
        return ZERO_TIME


def _assembled(parts: dict[str, str | None], zone: str) -> GoTime:
    month_name = parts.get("month_name")
    month = int(parts.get("month") or 1)
    if month_name:
        month = next(number for number, name in enumerate(_MONTHS, start=1) if name[:3].lower() == month_name[:3].lower())
    year = int(parts.get("year") or 0)
    short_year = parts.get("short_year")
    if short_year:
        year = int(short_year) + (1900 if int(short_year) >= 69 else 2000)
    hour = int(parts.get("hour") or 0)
    hour12, half = parts.get("hour12"), (parts.get("half") or "").upper()
    if hour12:
        hour = int(hour12) % 12 + (12 if half == "PM" else 0)
    offset = parts.get("offset")
    place = _zone("UTC" if offset == "Z" else _with_minutes(offset)) if offset else _zone(zone)
    if year == 0:
        # Python has no year 0; Go counts a missing year as that one.
        days = datetime(4, month, int(parts.get("day") or 1), tzinfo=UTC) - datetime(4, 1, 1, tzinfo=UTC)
        seconds = _ZERO_SECONDS - 366 * 86_400 + int(days.total_seconds())
        seconds += hour * 3600 + int(parts.get("minute") or 0) * 60 + int(parts.get("second") or 0)
    else:
        moment = datetime(
            year,
            month,
            int(parts.get("day") or 1),
            hour,
            int(parts.get("minute") or 0),
            int(parts.get("second") or 0),
            tzinfo=place or UTC,
        )
        seconds = int((moment - _EPOCH).total_seconds())
    digits = (parts.get("fraction") or parts.get("loose_fraction") or ".")[1:]
    nanoseconds = int((digits + "000000000")[:9])
    return GoTime(seconds * 1_000_000_000 + nanoseconds, _with_minutes(offset) if offset and offset != "Z" else zone)


def _with_minutes(offset: str) -> str:
    return offset if len(offset) > 3 else f"{offset}:00"
