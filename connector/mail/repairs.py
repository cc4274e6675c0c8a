"""What may be wrong with a mail and is repaired or cut with a note (B8): one stable code for each."""

from __future__ import annotations

REPAIRS: dict[str, str] = {
    "bare-cr": "Lines ended in carriage returns alone; they were read as line ends.",
    "blank-line-first": "Blank lines stood before the headers and were passed over.",
    "bom": "A byte-order mark stood before the headers and was passed over.",
    "broken-base64": "A base64 body held what is no base64, or ended too early; what could be read was kept.",
    "broken-uuencode": "A uuencoded body held lines that are none; they were left out.",
    "date-unreadable": "The Date header could not be read.",
    "encoded-multipart": "A multipart had a transfer encoding, which is not allowed; it was ignored.",
    "encoded-rfc822": "An attached mail was wrapped in a transfer encoding; it is listed, its parts are not.",
    "field-cut": "A header field was longer than 64 KiB; the rest of it was not read.",
    "headers-cut": "The headers were longer than 256 KiB; the rest of them was not read.",
    "html-cut": "The HTML was longer than 512 KiB; only its beginning was turned to text.",
    "html-too-deep": "The HTML was nested too deeply; its tags were taken out without regard to structure.",
    "junk-in-headers": "Lines that are no header field stood among the headers and were passed over.",
    "mbox-from": "A mailbox separator line (From ) stood before the headers and was passed over.",
    "missing-blank-line": "No blank line stood between headers and body; the body begins at the first other line.",
    "missing-boundary": "A multipart had no boundary, or one that never occurs; it was guessed, or read as text.",
    "raw-8bit-header": "A header held bytes beyond ASCII that were not encoded; their charset was guessed.",
    "text-cut": "The text was longer than 2 MiB; only its beginning was kept.",
    "tnef": "A winmail.dat (TNEF) was unpacked; its content is listed in its place.",
    "too-deep": "Parts were nested deeper than 50; what lies deeper is listed as one part.",
    "too-many-delimiters": "More lines looked like boundaries than can be right; the rest was not searched.",
    "too-many-fields": "There were more than 1,000 header fields; the rest of them was not read.",
    "too-many-parts": "There were more than 500 parts; the rest of them was not read.",
    "unclosed-multipart": "A multipart did not end as it should; the mail may be cut short.",
    "unknown-charset": "A charset was named that nobody knows; it was guessed.",
    "unknown-encoding": "A transfer encoding was named that nobody knows; the content was taken as it is.",
    "uuencode": "A uuencoded file stood in the text; it is listed as an attachment.",
    "wrong-charset": "The text was not in the charset that was named; it was guessed.",
}
