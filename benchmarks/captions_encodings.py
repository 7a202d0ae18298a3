"""How often the encoding of a subtitle file of one or two lines is determined: `decoded`, and chardet alone.

Every text is written as an SRT file in its encoding. The rules of `captions/readers/encoding.py` were adjusted on these
texts; tests/captions/test_files_in_use.py has others. Files of whole films are far easier.

    python benchmarks/captions_encodings.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import chardet

from overlaycut.captions.readers.encoding import decoded

TEXTS = {
    "cp1252": [
        "Déjà vu !",
        "Je ne sais pas où tu étais hier.\nElle a préféré rester chez son frère.",
        "Là-bas, tout le monde était fâché.",
        "J’ai été au café, ça va très bien",
        "Non so perché è così.\nDomani andrò a trovarla.",
        "È già mezzanotte.",
        "Não me lembro de nada.\nAmanhã vamos à praia com as crianças.",
        "Você já comeu o pão?",
        "Jag är på väg hem nu.\nDet går bra, tack så mycket.",
        "Det er på tide at gå hjem.\nJeg hører ikke, hvad du siger, før i går.",
        "Wir müssen über die Straße gehen.",
        "¿Dónde está la niña? Mañana volveré.",
        "Ég veit það ekki, þú verður að spyrja.",
        "Tiedätkö, mitä hän sanoi äsken?",
        "Het café is “heel” mooi – één keer",
        "Señor, ¡qué día!",
        "Más café, por favor",
        "À demain",
        "naïve",
        "C'est ça.",
        "Où ?",
        "Grüß Gott",
        "Über",
        "OÙ ÊTES-VOUS ?",
        "ÇA VA ÊTRE L’ÉTÉ",
        "L’ÉCOLE",
        "Hélène, où est Noël ?",
        "Ô mon Dieu…",
        "Het is €5, één euro!",
        "El año pasado subí al 5º piso, 3ª puerta.",
        "Pêché",
        "Coração",
        "Não!",
        "Às vezes",
        "Avó e avô",
        "Perché no?",
        "Può darsi.",
        "Città più bella",
        "Lördag är bäst",
        "Får jag gå?",
        "Blåbærsyltetøy",
        "Ø",
        "Ærlig talt",
        "Größe: 5 µm",
        "Schön, daß ihr da seid",
        "Äh…",
        "Minä en tiedä, mitä sää on.",
        "Kävin Šanghaissa",
        "„Nein“, sagte er – für immer.",
        "café",
        "Olé!",
        "© 2021 Société Générale",
        "garçon\nfête\nnaïf",
        "Þú ert hér",
        "Tá sé go maith, a Sheáin",
        "Mañana, ¿verdad?\n¡Claro que sí!",
        "Beyoncé",
        "Señorita, ¡no!",
        "à bientôt\nça alors",
    ],
    "cp1250": [
        "Nie wiem, gdzie byłeś wczoraj.\nMusimy już iść, jest późno.",
        "Chciałbym się z tobą spotkać jutro.",
        "Nevím, kde jsi byl včera. Musíme už jít.",
        "Příliš žluťoučký kůň úpěl ďábelské ódy.",
        "Nem tudom, hol voltál tegnap.\nMennünk kell, késő van, őszintén.",
        "Ne vem, kje si bil včeraj. Moramo že iti.",
        "Ne znam gdje si bio jučer. Moramo već ići.",
        "Neviem, kde si bol včera. Ďakujem veľmi pekne.",
        "Nu ştiu unde ai fost ieri.\nTrebuie să plecăm deja, este târziu.",
        "Proszę, wejdź.",
        "Co się stało?",
        "Dzień dobry, proszę pana.",
        "Nie mogę, muszę iść do łóżka.",
        "Děkuji, že jste přišli.",
        "Ještě ne, já nevím.",
        "Ďakujem, že ste prišli.",
        "Köszönöm, hogy eljöttél.",
        "Nő vagy férfi?",
        "Hol van az erdő? Űrhajó!",
        "Što radiš? Ništa, čekam.",
        "Kdaj boš prišel domov?",
        "Mulţumesc că aţi venit.",
        "ŻÓŁĆ",
        "Źle się czuję.",
    ],
    "cp1251": [
        "Привет, как дела?",
        "Я не знаю, где ты был вчера.\nНам уже пора идти, поздно.",
        "Доброе утро!",
        "Не знам къде беше вчера. Трябва да тръгваме.",
        "Я не знаю, де ти був учора. Їй пора йти.",
        "Да.",
        "Хорошо.",
        "ЭТО ВСЁ",
        "Что случилось?",
        "Спасибо, что пришли.",
        "Не знаю!",
        "- Кто там?\n- Это я.",
        "Ёлка",
        "OK, давай",
        "Що трапилося?",
        "Дякую, що прийшли.",
        "Какво стана?",
        "Шта се десило?",
        "Хвала што си дошао.",
        "СТОЙ!",
        "Мама",
        "Я тебя люблю",
        "И",
    ],
    "koi8_r": [
        "Я не знаю, где ты был вчера.\nНам уже пора идти, поздно.",
        "Доброе утро, друзья!",
        "Что случилось?",
        "Спасибо, что пришли.",
        "Кто там? Это я, Иван.",
    ],
    "cp1253": [
        "Καλημέρα, τι κάνεις;",
        "Δεν ξέρω πού ήσουν χθες.\nΠρέπει να φύγουμε, είναι αργά.",
        "Ευχαριστώ πολύ!",
        "Ναι.",
        "Τι έγινε;",
        "Ευχαριστώ που ήρθατε.",
        "Όχι!",
        "ΟΧΙ ΤΩΡΑ",
        "Σ' αγαπώ",
        "Μαμά",
    ],
    "cp1254": [
        "Dün nerede olduğunu bilmiyorum.\nArtık gitmemiz gerekiyor, geç oldu.",
        "Günaydın, nasılsın?",
        "Teşekkür ederim, çok iyiyim.",
        "Bu akşam gelmeyeceğim.",
        "Şimdi ne yapacağız?",
        "Ne oldu?\nHiçbir şey.",
        "Geldiğiniz için sağ olun.",
        "Hayır!",
        "Seni çok özledim, canım.",
        "İyi akşamlar",
        "Değil",
        "ŞİMDİ OLMAZ",
        "Bugün hava güzel, dışarı çıkalım.",
    ],
    "cp1255": [
        "שלום, מה שלומך?",
        "איפה אתה היית אתמול?\nאנחנו צריכים ללכת, מאוחר.",
        "בוקר טוב!",
        "איפה הספר שלי?",
        "תודה רבה",
        "מה קרה?",
        "תודה שבאתם.",
        "לא!",
        "אני אוהב אותך",
        "- מי שם?\n- זה אני.",
        "אמא",
    ],
    "cp1256": [
        "مرحبا، كيف حالك؟",
        "لا أعرف أين كنت أمس.\nيجب أن نذهب الآن، الوقت متأخر.",
        "صباح الخير",
        "شكرا جزيلا",
        "سلام، حال شما چطور است؟",
        "ماذا حدث؟",
        "شكرا لحضوركم.",
        "لا!",
        "أنا أحبك",
        "من هناك؟",
        "چه شده؟",
    ],
    "gb18030": [
        "你好，你怎么样？",
        "我不知道你昨天在哪里。\n我们该走了，已经很晚了。",
        "早上好！",
        "谢谢你",
        "好的。",
        "发生什么事了？",
        "谢谢你们来。",
        "不！",
        "我爱你",
        "OK，走吧",
        "他说：“是的。”",
        "这是Tom的书",
        "北京",
        "对不起，我迟到了。",
    ],
    "big5": [
        "你好，你怎麼樣？",
        "我不知道你昨天在哪裡。\n我們該走了，已經很晚了。",
        "早安！",
        "謝謝你",
        "發生什麼事了？",
        "謝謝你們來。",
        "不！",
        "我愛你",
        "OK，走吧",
        "對不起，我遲到了。",
    ],
    "cp932": [
        "こんにちは、元気ですか？",
        "昨日どこにいたのか分からない。\nもう行かないと、遅いから。",
        "おはよう！",
        "はい。",
        "ありがとうございます",
        "コーヒーを飲みたい",
        "何が起きた？",
        "来てくれてありがとう。",
        "駄目だ！",
        "愛してる",
        "明日、東京駅前で会議。",
        "東京都",
        "ｵﾊﾖｳ",
        "田中さん、電話です",
    ],
    "euc_jp": [
        "こんにちは、元気ですか？",
        "昨日どこにいたのか分からない。\nもう行かないと、遅いから。",
        "何が起きた？",
        "来てくれてありがとう。",
        "田中さん、電話です",
    ],
    "cp949": [
        "안녕하세요, 어떻게 지내세요?",
        "어제 어디 있었는지 모르겠어요.\n이제 가야 해요, 늦었어요.",
        "좋은 아침이에요!",
        "감사합니다",
        "네.",
        "무슨 일이야?",
        "와 주셔서 감사합니다.",
        "안 돼!",
        "사랑해",
        "누구세요?",
    ],
    "cp874": [
        "สวัสดีครับ คุณเป็นอย่างไรบ้าง",
        "ฉันไม่รู้ว่าเมื่อวานคุณอยู่ที่ไหน",
        "ขอบคุณ",
        "เกิดอะไรขึ้น",
        "ขอบคุณที่มา",
        "ไม่",
        "ผมรักคุณ",
    ],
    "cp1257": [
        "Nežinau, kur tu vakar buvai. Mums jau reikia eiti, vėlu.",
        "Es nezinu, kur tu vakar biji. Mums jāiet, ir vēls.",
    ],
    "utf_16_le": [
        "Déjà vu",
        "Привет, как дела?",
        "שלום",
        "你好，你怎么样？",
    ],
    "utf_16_be": [
        "Déjà vu",
        "Привет, как дела?",
        "こんにちは",
    ],
}


def srt(text: str) -> str:
    """A file with a cue for each line."""
    lines = enumerate(text.split("\n"), start=1)
    return "\n".join(f"{n}\n00:00:0{n},100 --> 00:00:0{n},900\n{line}\n" for n, line in lines)


def by_chardet(data: bytes) -> str:
    """The text as chardet alone reads it."""
    try:
        return data.decode(chardet.detect(data)["encoding"] or "ascii")
    except (UnicodeDecodeError, LookupError):
        return ""


def main() -> None:
    """Measure and print."""
    ours, theirs, total = 0, 0, 0
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "x.srt"
        for encoding, texts in TEXTS.items():
            right = alone = 0
            for text in texts:
                wanted = srt(text)
                path.write_bytes(wanted.encode(encoding))
                right += decoded(path)[0] == wanted
                alone += by_chardet(path.read_bytes()) == wanted
            print(f"{encoding:10} {right:3} of {len(texts):3}; chardet alone {alone:3}")
            ours, theirs, total = ours + right, theirs + alone, total + len(texts)
    print(f"{'all':10} {ours:3} of {total:3}; chardet alone {theirs:3}")


if __name__ == "__main__":
    main()
