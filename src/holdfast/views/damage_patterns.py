"""Damage patterns: what broken rows look like, one pattern a kind. See `views/damage.py` for how they are read."""

from __future__ import annotations

import re

# What UTF-8 becomes when it is read byte by byte as Windows-1252 or Latin-1: a lead byte and its continuation bytes.
_MORE = "\u0080-\u00bfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™"
_MORE_THAN_QUOTES = "\u0080-\u00a9\u00ac-\u00ba\u00bc-\u00bfŒœŠšŸŽžƒˆ˜†‡•‰€™"
# The same as Windows-1251.
_MORE_1251 = "ЂЃѓЉЊЌЋЏђљњќћџЎўЈҐЁЄЇІіґёєјЅѕї‚„…†‡€‰‹‘’“”•–—™›\u00a0¤¦§©«¬\u00ad®°±µ¶·№»"
_LOST = "\ufffd\ud800-\udfff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # lost, halved and control characters
ENCODING = re.compile(
    rf"[{_LOST}]"
    rf"|[ÃÂ][{_MORE_THAN_QUOTES}]|[ÄÅ][\u0080-\u009fŒœŠšŸŽžƒˆ˜†‡‰]|(?:[Â-ß][{_MORE}]){{2,}}"
    rf"|â€[{_MORE}]|(?:[à-ï][{_MORE}]{{2}}){{2,}}|ðŸ[{_MORE}]|ï»¿|ï¿½"
    rf"|(?:[РС][{_MORE_1251}]){{3,}}"
)
ENCODING_SIGN = re.compile(rf"[{_LOST}Â-ïðРС](?:(?<=[{_LOST}])|[{_MORE}{_MORE_1251}])")
"""What every match of it begins with, and what is found much quicker."""
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")  # all that a text in ASCII can hold of that
LOST_APOSTROPHE = re.compile(r"\?(?<=[a-z]\?)(?:t|s|re|ve|ll)\b(?!=)")
ESCAPES = re.compile(
    r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\n(?![a-z])|\\\"|(?:%[0-9A-F]{2}){3,}|(?:=[0-9A-F]{2}){2,}"
)
CHARACTER_LOOP = re.compile(r"(\S{1,8}?)\1{4,}")

_MODEL = (
    r"(?:ai|artificial intelligence|(?:ai |large )?language model|ai assistant|chatbot|virtual assistant)\b"
)
_UNABLE = r"(?:can(?:'t|not| not)|won't be able to|am (?:not able|unable) to|'m (?:not able|unable) to)"
_OFFERS = "(?:assist|help|fulfill?|comply|provide|generate|create|write|complete|answer|continue|produce|engage|offer)"
# The boundary of a word is asked for once and not by each: what begins no word costs one look.
REFUSALS = re.compile(
    r"\b(?:"
    + "|".join(
        (
            rf"as an? {_MODEL}",
            rf"i(?:'m| am) (?:just |only |merely |simply )?an? {_MODEL}",
            rf"(?:sorry|apologi[sz]e|apologies)\b[^.!?\n]{{0,40}}\bi ?{_UNABLE} (?:\w+ )?{_OFFERS}\b",
            rf"i ?{_UNABLE} {_OFFERS} (?:you )?(?:with )?(?:that|this|your|such) (?:request|content|prompt|kind|type)",
            r"against my (?:guidelines|programming|principles|ethic)",
            r"(?:my|of my) (?:training data|knowledge cut-?off|last (?:knowledge )?update)\b",
            r"i (?:do not|don't) have (?:personal (?:opinion|experience|feeling|belief|preference|emotion)|real-time "
            r"|access to (?:real-time|the internet)|the ability to (?:browse|access))",
            r"(?:developed|created|trained) by (?:openai|anthropic|google deepmind|meta ai|mistral ai)\b",
            r"als (?:eine? )?(?:ki|künstliche intelligenz|ki-\w+|(?:großes )?sprachmodell)\b",
            r"ich bin (?:nur |lediglich )?(?:eine ki|ein (?:ki-|großes )?sprachmodell|eine künstliche intelligenz)\b",
            r"tut mir leid,? (?:aber )?(?:ich|das|dabei|damit) kann (?:ich )?(?:dir |ihnen |diese |dabei |leider )*nicht\b",
            r"en tant qu(?:e |'|' )(?:ia|intelligence artificielle|modèle de langage|assistant virtuel)\b",
            r"désolée?,? (?:mais )?je ne (?:peux|suis)\b",
            r"como una? (?:ia|inteligencia artificial|modelo de lenguaje)\b",
            r"lo siento,? pero no (?:puedo|soy capaz)\b",
            r"come (?:ia|intelligenza artificiale|modello (?:di linguaggio|linguistico))\b",
            r"mi dispiace,? ma non posso\b",
            r"como uma? (?:ia|inteligência artificial|modelo de linguagem)\b",
            r"(?:desculpe|lamento|sinto muito),? mas (?:eu )?não posso\b",
            r"als (?:een )?(?:ai|taalmodel)\b|het spijt me,? maar ik kan\b",
            r"jako (?:model językowy|sztuczna inteligencja)\b",
            r"как (?:ии|искусственный интеллект|(?:большая )?языковая модель)\b",
            r"(?:извините|простите),? (?:но )?я не могу\b",
        )
    )
    + ")"
)
REFUSAL_SIGNS = (
    *("a ai", "an ai", "artificial intelligence", "language model", "chatbot", "virtual assistant"),
    *(
        "sorry",
        "apolog",
        "can't",
        "cannot",
        "can not",
        "able to",
        "against my",
        "training data",
        "knowledge cut",
    ),
    *(
        "last update",
        "last knowledge",
        "do not have",
        "don't have",
        "by openai",
        "by anthropic",
        "by google deepmind",
    ),
    *(
        "by meta ai",
        "by mistral ai",
        "als ki",
        "eine ki",
        "ein ki",
        "sprachmodell",
        "ich bin",
        "tut mir leid",
    ),
    *("en tant qu", "como un", "como um", "lo siento", "come ia", "come intelligenza", "come modello"),
    *("mi dispiace", "desculpe", "lamento", "sinto muito", "als ai", "een ai", "taalmodel", "het spijt me"),
    *("jako model", "jako sztuczna"),
)
"""One of these stands in every match, or one of the next."""
REFUSAL_SIGNS_BEYOND_ASCII = (
    "künstliche intelligenz",
    "désol",
    "как ии",
    "как искусственный",
    "модель",
    "извините",
    "простите",
)
REFUSAL_SIGNS_UNSPACED = ("作为", "抱歉", "对不起", "として", "로서")
REFUSALS_UNSPACED = re.compile(
    r"作为(?:一个|一名|一款)?(?:人工智能|ai|大?型?语言模型)|(?:抱歉|对不起)[,，]? ?(?:但)?我(?:无法|不能)"
    r"|(?:人工知能|言語モデル|ai ?アシスタント)として|(?:인공지능|언어 모델)(?:로서|으로서)"
)
_SURE = "(?:sure(?: thing)?|certainly|of course|absolutely|definitely|no problem|great question|understood|got it)"
_LIST = r":\s*(?:\n|[\"“«*\d-]|\Z)"  # what is announced stands on lines of its own, or in quotes
OPENINGS = re.compile(
    r"\A\W{0,3}(?:"
    + "|".join(
        (
            rf"{_SURE}\b[!,.:]* (?:i(?:'d| would) be (?:happy|glad)|i can (?:certainly |definitely )?help"
            r"|here(?:'s| is| are)|below (?:is|are))\b",
            r"here(?:'s| is| are) (?:an?|the|some|my|your|one|two|three|four|five|\d+|several|another|possible)\b"
            rf"[^.!?\n]{{0,100}}{_LIST}",
            r"(?:natürlich|gerne|klar|selbstverständlich)[!,.]+ (?:hier|ich helfe)\b",
            rf"(?:bien sûr|certainement|d'accord)[ !,.]+voici\b|voici (?:une?|la|le|les|quelques|des) [^.!?\n]{{0,80}}{_LIST}",
            r"(?:claro|por supuesto|desde luego)[!,.]+ (?:aquí|a continuación)\b",
            rf"(?:certo|certamente|ecco)[!,.]* (?:ecco|una?|il|la|alcuni) [^.!?\n]{{0,80}}{_LIST}",
            r"(?:claro|com certeza)[!,.]+ (?:aqui|segue)\b",
            r"конечно[!,.]+ вот\b",
            r"(?:当然|好的)[！!,，。]? ?(?:以下|这里|下面|这是)",
            r"(?:もちろん|はい)[！!、,。]? ?(?:以下|こちら)",
        )
    )
    + ")"
)
_SLOTS = (
    "(?:insert|enter|fill|your|my|first|last|full|user|customer|company|product|brand|name|date|city|country|location|topic"
    "|number|amount|phone|question|answer|category|placeholder)"
)
PLACEHOLDERS = re.compile(
    r"\{\{[^{}\n]{1,60}\}\}|\{%[^%\n]{1,80}%\}|\$\{[A-Za-z_][\w.]{0,40}\}|%\([a-z_]\w{0,30}\)s"
    rf"|\{{(?i:{_SLOTS})(?:[_ ][^\W_]{{1,20}}){{0,3}}\}}|<(?i:{_SLOTS})(?:[_ ][^\W_]{{1,20}}){{0,3}}>"
    rf"|\[(?i:{_SLOTS})(?:[_ '’/]{{1,2}}[^\W_]{{1,20}}){{0,6}}\]|\[[A-Z]{{3,20}}(?:[ _-][A-Z0-9]{{1,20}}){{0,4}}\]"
    r"|(?i:\blorem ipsum\b)|\b(?:TODO|TBD|FIXME)\b"
)
TEMPLATES = re.compile(
    r"<[|｜][a-z_▁][\w▁ ]{0,40}[|｜]>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_(?:turn|text)>|\A\s*<s>|</s>\s*\Z|</?think>"
    r"|<(?:pad|unk|eos|bos|mask|sep|cls)>|\[(?:PAD|UNK|CLS|SEP|MASK|EOS|BOS)\]"
    r"|^#{2,3} ?(?:Instruction|Response|Input|Output|Human|Assistant|User|System)\b"
    r"|^(?:Human|Assistant|ASSISTANT|USER|User|AI|System|SYSTEM|ChatGPT): |(?:Ġ\w{1,20}\W{0,3}){3}|▁\w",
    re.MULTILINE,
)
HTML = re.compile(
    r"&(?:amp|lt|gt|quot|nbsp|apos|[lr][sd]quo|[mn]dash|hellip|#\d{1,6}|#x[0-9a-fA-F]{1,5});"
    r"|</?(?:br|p|div|span|b|i|u|em|strong|a|ul|ol|li|td|tr|th|table|h[1-6]|img|font|body|html|script)\b[^<>\n]{0,200}>"
)
NOTHING = {"nan", "none", "null", "n/a", "undefined", "removed", "deleted"}
