#!/usr/bin/env python3
"""A file of leads to import: `many_leads.py he|en COUNT`.

The Hebrew ones stand in all statuses of a new board in turn, the English ones where new leads start.
"""

import csv
import sys

FIRST = {
    "he": ["נועה", "יוסי", "תמר", "איתי", "מיכל", "רון", "שירה", "עומר", "יעל", "דניאל"],
    "en": ["Olivia", "Harry", "Amelia", "George", "Isla", "Oscar", "Grace", "Leo", "Freya", "Noah"],
}
LAST = {
    "he": ["כהן", "לוי", "מזרחי", "פרץ", "ביטון", "אברהם", "פרידמן", "שלום", "אזולאי", "דהן"],
    "en": ["Smith", "Jones", "Taylor", "Brown", "Evans", "Walker", "Wright", "Hughes", "Green", "Hall"],
}
WISH = {
    "he": ["ביקש הצעת מחיר למזגן", "שאלה על הובלת דירה", "מעוניין בשיפוץ המטבח"],
    "en": ["Asked for a quote for a boiler", "Wants the bathroom refitted", "Has a question about solar panels"],
}
STATUSES = [
    "new", "contacted", "interested", "follow_up", "no_answer", "no_answer_2", "no_answer_3", "qualified",
    "not_relevant", "won", "lost",
]  # fmt: skip
# Mobile numbers of the country; the demo's own leads have others.
NUMBERS = {"he": "+97250{:07}", "en": "+447400{:06}"}


def main() -> None:
    language, count = sys.argv[1], int(sys.argv[2])
    out = csv.writer(sys.stdout)
    out.writerow(["first_name", "last_name", "phone", "notes", "status", "summary"])
    for at in range(count):
        first, last = FIRST[language][at % 10], LAST[language][at // 10 % 10]
        status = STATUSES[at % len(STATUSES)] if language == "he" else ""
        wish = WISH[language][at % 3]
        out.writerow([first, last, NUMBERS[language].format(at), wish, status, f"{wish}."])


if __name__ == "__main__":
    main()
