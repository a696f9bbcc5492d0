"""Own the formats of English pages: dates read as in logs and in the API, the same for every reader.

Never says how dates are read from forms; those take ISO first by themselves.
"""

from __future__ import annotations

DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d"
TIME_FORMAT = "H:i:s"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i:s"
FIRST_DAY_OF_WEEK = 1  # Monday, as ISO 8601 counts
