"""What people write in the conversations, in many languages; {n} is a thing, {d} a day, {k} a number."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """Greetings, sentences, things, days, closings and short answers of one language."""

    greetings: tuple[str, ...]
    sentences: tuple[str, ...]
    things: tuple[str, ...]
    days: tuple[str, ...]
    closings: tuple[str, ...]
    short: tuple[str, ...]
    blank: str = " "  # what stands between sentences


def _language(greetings: str, sentences: str, things: str, days: str, closings: str, short: str) -> Language:
    """A language out of lists with a bar between their members."""
    parts = [tuple(each.split("|")) for each in (greetings, sentences, things, days, closings, short)]
    return Language(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5])


LANGUAGES = {
    "en": _language(
        "Hello Jane,|Hi,|Dear Ms Doe,|Good morning,",
        "Thank you for your message about the {n}.|Could you tell us since when the {n} has been doing this?|"
        "A technician can come on {d} between nine and eleven.|Please switch the {n} off and on again, and wait {k} "
        "minutes before you log in.|The part has the number {k}-{k2} and costs {k} euros.|Which floor is it on?|"
        "We have looked at the {n} and found nothing; it seems that the {n2} is the cause.|Do you need it before {d}?|"
        "If that does not help, send us a picture of what the screen shows.",
        "printer|scanner|invoice|keyboard|lift|network drive|mailbox|door lock", "Monday|Tuesday|Friday|next week",
        "Kind regards|Best wishes|Thanks|Cheers", "Yes.|No.|OK, Tuesday|Done|Since May.|See below|4711-08|I don't know",
    ),
    "de": _language(
        "Hallo Jane,|Sehr geehrte Frau Doe,|Guten Tag,",
        "vielen Dank für Ihre Nachricht zu {n}.|Können Sie uns sagen, seit wann das bei {n} so ist?|Ein Techniker "
        "könnte am {d} zwischen neun und elf kommen.|Bitte schalten Sie alles aus und warten Sie {k} Minuten, bevor "
        "Sie sich wieder anmelden.|Das Teil hat die Nummer {k}-{k2} und kostet {k} Euro.|In welchem Stock ist das?|"
        "Wir haben uns {n} angesehen und nichts gefunden; es scheint an {n2} zu liegen.|Brauchen Sie es vor {d}?",
        "Drucker|Scanner|Rechnung|Tastatur|Aufzug|Postfach|Türschloss", "Montag|Dienstag|Freitag",
        "Mit freundlichen Grüßen|Viele Grüße|Danke", "Ja.|Nein.|OK, Dienstag|Erledigt|Seit Mai.|siehe unten|4711-08",
    ),
    "fr": _language(
        "Bonjour Jane,|Chère Madame,|Bonsoir,",
        "merci pour votre message au sujet de {n}.|Depuis quand est-ce que {n} fait cela ?|Un technicien peut passer "
        "{d} entre neuf et onze heures.|Veuillez éteindre puis rallumer, et attendre {k} minutes avant de vous "
        "reconnecter.|La pièce porte le numéro {k}-{k2} et coûte {k} euros.|À quel étage est-ce ?|Nous avons regardé "
        "{n} sans rien trouver ; cela semble venir de {n2}.|En avez-vous besoin avant {d} ?",
        "l’imprimante|le scanner|la facture|le clavier|l’ascenseur|la boîte aux lettres", "lundi|mardi|vendredi",
        "Cordialement|Bien à vous|Merci", "Oui.|Non.|D’accord, mardi|C’est fait|Depuis mai.|voir plus bas",
    ),
    "es": _language(
        "Hola Jane:|Estimada señora:|Buenos días:",
        "gracias por su mensaje sobre {n}.|¿Desde cuándo hace esto {n}?|Un técnico puede ir el {d} entre las nueve y "
        "las once.|Apague y vuelva a encender, y espere {k} minutos antes de entrar otra vez.|La pieza tiene el número "
        "{k}-{k2} y cuesta {k} euros.|¿En qué planta está?|Hemos mirado {n} y no hemos encontrado nada; parece que es "
        "{n2}.|¿Lo necesita antes del {d}?",
        "la impresora|el escáner|la factura|el teclado|el ascensor|el buzón", "lunes|martes|viernes",
        "Un saludo|Saludos cordiales|Gracias", "Sí.|No.|Vale, el martes|Hecho|Desde mayo.|ver abajo",
    ),
    "pl": _language(
        "Dzień dobry,|Szanowna Pani,|Cześć Jane,",
        "dziękujemy za wiadomość w sprawie: {n}.|Od kiedy {n} tak się zachowuje?|Technik może przyjść w {d} między "
        "dziewiątą a jedenastą.|Proszę wyłączyć i włączyć ponownie, a potem poczekać {k} minut.|Część ma numer "
        "{k}-{k2} i kosztuje {k} złotych.|Na którym to piętrze?|Sprawdziliśmy, czy działa {n}, i nic nie znaleźliśmy; "
        "wygląda na to, że winna jest {n2}.|Czy potrzebne przed {d}?",
        "drukarka|skaner|faktura|klawiatura|winda|skrzynka", "poniedziałek|wtorek|piątek",
        "Pozdrawiam|Z poważaniem|Dziękuję", "Tak.|Nie.|Dobrze, wtorek|Zrobione|Od maja.|patrz niżej",
    ),
    "cs": _language(
        "Dobrý den,|Vážená paní,|Ahoj Jane,",
        "děkujeme za zprávu, které se týká {n}.|Od kdy se to děje?|Technik může přijít v {d} mezi devátou a "
        "jedenáctou.|Prosím vypněte a znovu zapněte a počkejte {k} minut, než se přihlásíte.|Díl má číslo {k}-{k2} a "
        "stojí {k} korun.|Ve kterém je to patře?|Podívali jsme se na {n} a nic jsme nenašli; zdá se, že příčinou je "
        "{n2}.|Potřebujete to před {d}?",
        "tiskárna|skener|faktura|klávesnice|výtah|schránka", "pondělí|úterý|pátek",
        "S pozdravem|Hezký den|Díky", "Ano.|Ne.|Dobře, úterý|Hotovo|Od května.|viz níže",
    ),
    "tr": _language(
        "Merhaba Jane,|Sayın Doe,|İyi günler,",
        "{n} hakkındaki mesajınız için teşekkür ederiz.|{n} ne zamandan beri böyle?|Bir teknisyen {d} günü dokuz ile "
        "on bir arasında gelebilir.|Lütfen kapatıp yeniden açın ve oturum açmadan önce {k} dakika bekleyin.|Parçanın "
        "numarası {k}-{k2}, fiyatı {k} lira.|Hangi katta?|{n} üzerinde bir şey bulamadık; sorun {n2} gibi görünüyor.|"
        "{d} gününden önce gerekli mi?",
        "yazıcı|tarayıcı|fatura|klavye|asansör|posta kutusu", "pazartesi|salı|cuma",
        "Saygılarımla|İyi çalışmalar|Teşekkürler", "Evet.|Hayır.|Tamam, salı|Bitti|Mayıstan beri.|aşağıda",
    ),
    "ru": _language(
        "Здравствуйте, Джейн!|Добрый день!|Уважаемая госпожа Доу,",
        "спасибо за ваше сообщение: {n}.|С какого времени {n} так себя ведёт?|Техник может прийти в {d} между девятью "
        "и одиннадцатью.|Пожалуйста, выключите и снова включите, подождите {k} минут и войдите ещё раз.|У детали номер "
        "{k}-{k2}, она стоит {k} рублей.|На каком это этаже?|Мы проверили, {n} в порядке; похоже, что причина "
        "{n2}.|Нужно ли это раньше, чем {d}?",
        "принтер|сканер|счёт|клавиатура|лифт|почтовый ящик", "понедельник|вторник|пятницу",
        "С уважением|Всего доброго|Спасибо", "Да.|Нет.|Хорошо, вторник|Готово|С мая.|см. ниже",
    ),
    "el": _language(
        "Γεια σας,|Αγαπητή κυρία,|Καλημέρα,",
        "σας ευχαριστούμε για το μήνυμα σχετικά με: {n}.|Από πότε συμβαίνει αυτό;|Ένας τεχνικός μπορεί να έρθει "
        "{d} μεταξύ εννέα και έντεκα.|Παρακαλώ κλείστε και ανοίξτε ξανά, και περιμένετε {k} λεπτά.|Το εξάρτημα έχει "
        "αριθμό {k}-{k2} και κοστίζει {k} ευρώ.|Σε ποιον όροφο είναι;|Το ελέγξαμε και δεν βρήκαμε τίποτα· φαίνεται ότι "
        "φταίει: {n2}.|Το χρειάζεστε πριν από {d};",
        "εκτυπωτής|σαρωτής|τιμολόγιο|πληκτρολόγιο|ασανσέρ", "Δευτέρα|Τρίτη|Παρασκευή",
        "Με εκτίμηση|Φιλικά|Ευχαριστώ", "Ναι.|Όχι.|Εντάξει, Τρίτη|Έγινε|Από τον Μάιο.",
    ),
    "he": _language(
        "שלום ג׳יין,|בוקר טוב,|גברת דו היקרה,",
        "תודה על ההודעה בנושא {n}.|ממתי זה קורה עם {n}?|טכנאי יכול להגיע ביום {d} בין תשע לאחת עשרה.|אנא כבו והדליקו "
        "מחדש, והמתינו {k} דקות לפני הכניסה.|מספר החלק הוא {k}-{k2} והוא עולה {k} שקלים.|באיזו קומה זה?|בדקנו את {n} "
        "ולא מצאנו דבר; נראה שהסיבה היא {n2}.|האם זה נחוץ לפני יום {d}?",
        "מדפסת|סורק|חשבונית|מקלדת|מעלית", "שני|שלישי|שישי", "בברכה|תודה|כל טוב", "כן.|לא.|בסדר, שלישי|בוצע|מאז מאי.",
    ),
    "ar": _language(
        "مرحبا جين،|السيدة دو المحترمة،|صباح الخير،",
        "شكرا على رسالتك بخصوص {n}.|منذ متى يحدث هذا مع {n}؟|يمكن أن يأتي الفني يوم {d} بين التاسعة والحادية عشرة.|"
        "يرجى الإيقاف ثم التشغيل مرة أخرى والانتظار {k} دقيقة قبل الدخول.|رقم القطعة {k}-{k2} وثمنها {k} درهما.|في أي "
        "طابق هي؟|فحصنا {n} ولم نجد شيئا ويبدو أن السبب هو {n2}.|هل تحتاجونها قبل يوم {d}؟",
        "الطابعة|الماسح|الفاتورة|المصعد|البريد", "الاثنين|الثلاثاء|الجمعة", "مع التحية|تحياتي|شكرا",
        "نعم.|لا.|حسنا، الثلاثاء|تم|منذ مايو.",
    ),
    "ja": Language(
        ("ジェーン様", "お世話になっております。", "こんにちは。"),
        ("{n}についてのご連絡、ありがとうございます。", "{n}はいつからこの状態でしょうか。",
         "技術者は{d}の九時から十一時の間に伺えます。",
         "一度電源を切り、{k}分ほど待ってから、もう一度ログインしてください。",
         "部品の番号は{k}-{k2}で、価格は{k}円です。", "何階にありますか。",
         "{n}を調べましたが、何も見つかりませんでした。原因は{n2}のようです。", "{d}より前に必要でしょうか。"),
        ("プリンター", "スキャナー", "請求書", "キーボード", "エレベーター"), ("月曜日", "火曜日", "金曜日"),
        ("よろしくお願いいたします。", "以上、よろしくお願いします。"),
        ("はい。", "いいえ。", "火曜日でお願いします", "完了です", "五月からです。"), "",
    ),
    "zh": Language(
        ("您好，", "尊敬的客户：", "早上好，"),
        ("感谢您关于{n}的来信。", "{n}从什么时候开始这样的？", "技术人员可以在{d}九点到十一点之间上门。",
         "请先关机再开机，等待{k}分钟以后重新登录。", "配件的编号是{k}-{k2}，价格是{k}元。", "在几楼？",
         "我们检查了{n}，没有发现问题，看来原因是{n2}。", "您在{d}之前需要它吗？"),
        ("打印机", "扫描仪", "发票", "键盘", "电梯"), ("星期一", "星期二", "星期五"), ("此致敬礼", "谢谢"),
        ("是的。", "不是。", "好的，星期二", "已完成", "五月开始的。"), "",
    ),
    "ko": _language(
        "안녕하세요,|고객님께,|제인 님,",
        "{n} 관련 메일 감사합니다.|{n} 문제는 언제부터 있었습니까?|"
        "기술자가 {d} 아홉 시에서 열한 시 사이에 방문할 수 있습니다.|"
        "전원을 껐다가 다시 켜고 {k}분 기다린 다음 로그인해 주십시오.|"
        "부품 번호는 {k}-{k2}이고 가격은 {k}원입니다.|"
        "몇 층에 있습니까?|{n} 장비를 확인했지만 아무것도 찾지 못했습니다. "
        "원인은 {n2}인 것 같습니다.|{d} 전에 필요하십니까?",
        "프린터|스캐너|청구서|키보드|승강기", "월요일|화요일|금요일", "감사합니다|안녕히 계십시오",
        "네.|아니요.|네, 화요일|완료|오월부터입니다.",
    ),
}  # fmt: skip

SYLLABLES = ("ba", "ko", "ri", "ten", "lu", "sa", "mo", "vek", "ny", "dra",
             "pel", "io", "zu", "fa", "kem", "or", "ti", "gan", "he", "sul")  # fmt: skip


def word(rng: random.Random) -> str:
    """A word of a language that nobody speaks."""
    return "".join(rng.choices(SYLLABLES, k=rng.randint(1, 4)))


def invented(rng: random.Random) -> Language:
    """A language that nobody speaks, and no rule knows."""

    def sentence() -> str:
        words = [word(rng) for _ in range(rng.randint(4, 16))]
        words.insert(rng.randrange(len(words)), rng.choice(("{n}", "{k}", "{d}", "{n2}", "{k}-{k2}")))
        return " ".join(words).capitalize() + rng.choice(".?!")

    def some(least: int, end: str = "") -> tuple[str, ...]:
        return tuple(f"{word(rng)} {word(rng)}".capitalize() + end for _ in range(least))

    sentences = tuple(sentence() for _ in range(8))
    return Language(some(3, ","), sentences, some(6), some(3), some(2), some(5, "."))


def sentence(language: Language, rng: random.Random) -> str:
    """One sentence with its places filled."""
    thing, other = rng.sample(language.things, 2)
    number, second = rng.randint(2, 9999), rng.randint(10, 99)
    return rng.choice(language.sentences).format(n=thing, n2=other, d=rng.choice(language.days), k=number, k2=second)


def paragraph(language: Language, rng: random.Random, least: int = 1, most: int = 4) -> str:
    """Some sentences."""
    return language.blank.join(sentence(language, rng) for _ in range(rng.randint(least, most)))
