"""How clients say in their languages that a mail is a forward: prefixes of subjects, titles above what is forwarded."""

from __future__ import annotations

import re
import unicodedata

FORWARD = frozenset((
    "fw", "fwd", "wg", "wtr", "tr", "trf", "rv", "rvd", "enc", "i", "vs", "vb", "vl", "pd", "doorst", "fs",
    "áfr", "trs", "i̇lt", "ilt", "továbbítás", "tov", "yml", "πρθ", "προωθ", "προώθηση", "redirecționare",
    "proslijeđeno", "posr", "edasi", "persiųsta", "pārsūtīts", "preposlané", "přeposláno", "пересл",
    "пересылка", "переадр", "перенапр", "переслано", "препр", "прослеђено", "转发", "轉寄", "轉發", "转寄", "転送",
    "전달",
    "הועבר", "העברה", "محول", "تحويل", "إعادة توجيه", "إعادة إرسال", "chuyển tiếp", "ส่งต่อ",
))  # fmt: skip
"""Words before the colon of a subject, letter case folded."""

REPLY = frozenset((
    "re", "aw", "sv", "r", "rif", "ref", "res", "resp", "antw", "antwort", "odp", "ynt", "cev", "yan", "vá",
    "bls", "atb", "ats", "απ", "ответ", "отв", "відп", "отг", "回复", "回覆", "答复", "答覆", "返信", "답장", "회신",
    "תשובה",
    "השב", "رد", "trả lời",
))  # fmt: skip

FINNISH = "vs"
"""In Finnish it stands above replies, in its neighbours' languages above forwards."""

_TAG = re.compile(r"\s*\[(?!\s*fwd?\s*:)[^\[\]]{0,60}\]", re.IGNORECASE)
_PREFIX = re.compile(r"[\s\[(]*([^\s:：\[\]()]{1,14}(?: [^\s:：\[\]()]{1,10})?)\s*(?:[\[(]\d{1,3}[\])])?\s*[:：]")
_SUFFIX = re.compile(r"\(fwd?\)\s*$", re.IGNORECASE)

TITLE = (
    "forwarded", "weitergeleitet", "transféré", "réexpédié", "fait suivre", "reenviad", "inoltrat", "encaminhad",
    "doorgestuurd", "vidarebefordra", "videresend", "välitet", "lähetetty edelleen", "przekazan", "przesłan",
    "podaj dalej", "přeposlan", "preposlan", "переадрес", "пересыл", "пересл", "перенаправ", "препрат", "прослеђ",
    "proslijeđ", "posredovan", "iletilen", "yönlendirilen", "leti başlangıcı", "továbbít", "προωθη", "redirecționat",
    "reenviat", "áframsen", "edastatud", "pārsūt", "persiųs", "diteruskan", "chuyển tiếp", "ส่งต่อ",
    "转发", "轉寄", "轉發", "转寄", "転送", "전달", "הועבר", "מועבר", "محول", "توجيه",
)  # fmt: skip
"""What a title above a forwarded mail holds, and no title above a mail that is replied to; letter case folded."""

_PLAIN_TITLE = tuple(word for word in TITLE if word.isascii())


def says_forward(text: str) -> bool:
    """Whether one of these words stands in a text."""
    folded = text.casefold()
    return any(word in folded for word in (_PLAIN_TITLE if folded.isascii() else TITLE))


def prefix(subject: str) -> str:
    """The word that a client put in front of a subject last, folded; nothing where there is none that is known."""
    subject = unicodedata.normalize("NFC", subject[:500])
    position = 0
    while tag := _TAG.match(subject, position):
        position = tag.end()
    found = _PREFIX.match(subject, position)
    word = found[1].casefold() if found else ""
    if word in FORWARD or word in REPLY:
        return word
    return "fwd" if _SUFFIX.search(subject) else ""
