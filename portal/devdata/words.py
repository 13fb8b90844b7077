"""What invented people and keys are made of."""

# fmt: off
FIRST_NAMES = (
    "ada", "agnes", "aiko", "alan", "amara", "anders", "anita", "aram", "astrid", "basil", "beatriz", "bela", "bruno",
    "carla", "chidi", "clara", "dario", "deepa", "edith", "elif", "emeka", "emil", "esther", "farid", "fiona", "gita",
    "greta", "hana", "hassan", "helga", "hiro", "ida", "imre", "ines", "ivan", "jana", "javier", "jin", "jonas", "kai",
    "karin", "kofi", "lars", "leila", "lena", "linh", "luca", "maja", "marek", "mei", "mira", "nadia", "nils", "noor",
    "olga", "omar", "oskar", "paula", "pedro", "priya", "quinn", "rana", "remi", "rosa", "ruth", "sami", "sara", "sven",
    "tala", "tamar", "theo", "tomas", "uma", "vera", "viktor", "wanda", "yara", "yusuf", "zeno", "zofia",
)
LAST_NAMES = (
    "abe", "acker", "adeyemi", "ahlgren", "amsel", "aydin", "baker", "banerjee", "becker", "berg", "bianchi", "blum",
    "bose", "brandt", "castro", "chandra", "chen", "costa", "dahl", "das", "diallo", "dietz", "dubois", "egger",
    "eriksen", "falk", "farah", "ferrari", "fischer", "fonseca", "gabor", "garcia", "gruber", "haas", "hansen",
    "haddad", "hoang", "horvat", "hughes", "ibrahim", "ito", "jansen", "jensen", "kaya", "keller", "khan", "kim",
    "klein", "kovacs", "kowalski", "lang", "larsen", "le", "lind", "lopez", "maier", "marin", "mbeki", "meyer",
    "moreau", "mori", "muller", "nagy", "nakamura", "nguyen", "novak", "okafor", "olsen", "ortiz", "osei", "park",
    "patel", "pereira", "petrov", "popescu", "quist", "rahman", "ramos", "reyes", "ricci", "rossi", "roth", "sato",
    "schmidt", "silva", "singh", "sokolov", "sorensen", "stein", "svensson", "tanaka", "tran", "urban", "vargas",
    "vogel", "wagner", "weber", "wong", "yilmaz", "zeman",
)
ROBOTS = ("ci-runners", "lab-instruments", "nightly-jobs", "dashboards", "backup-agents")

TASKS = (
    "nightly import", "weekly report", "backup", "sample upload", "sync", "dashboard", "notebook", "test runner",
    "export", "monitoring", "annotation", "freezer inventory", "assay results", "plate reader", "sequencer",
    "image pipeline", "sentiment model", "translation", "transcription", "indexer", "search", "crawler", "mobile app",
    "data cleaning", "training run", "evaluation", "deployment", "log shipper", "status page", "ticket bridge",
    "mail digest", "map tiles", "survey forms", "archive", "migration", "quality check", "billing export", "alerts",
    "chat bot", "classroom demo",
)
PLACES = (
    "lab 1", "lab 2", "lab 4", "field station", "core facility", "greenhouse", "cluster", "staging", "production",
    "laptop", "workshop", "course", "archive server", "reading room", "microscopy", "proteomics", "genomics",
    "linguistics", "oral history", "newspapers", "speech corpus", "weather", "ocean buoys", "satellite", "museum",
    "library", "clinic", "biobank", "teaching", "office", "north campus", "south campus", "data team", "web team",
    "partner site", "pilot", "sandbox", "demo booth", "observatory", "workstation 7",
)
# Names that a page, a CSV file or a search could stumble over.
AWKWARD = (
    "=SUM(A1:A9)", "+49 30 relay", "-dry-run", "@home", "100 % coverage", "under_score", "back\\slash", "<b>bold</b>",
    'the "quoted" one', "l'été à Zürich", "Пробный ключ", "試験用キー", "مفتاح تجريبي", "🌡️ thermometer",
    "a name that is as long as names may be, sixty-four signs",
)
REASONS = (
    "Found in a public repository.", "The project has ended.", "Replaced by a key with fewer rights.",
    "Left the institute.", "Unused for a year.", "The laptop was lost.", "Sent in an e-mail by mistake.",
)
PAUSE_REASONS = ("Unused for 90 days.", "Too many calls from one place.", "Nobody answers for it.")
BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15",
)

RESOURCE_OWNERS = (
    "nlp", "demo", "vision", "genomics", "weather", "speech", "archive", "maps", "chem", "stats", "corpora", "survey",
)
RESOURCE_NAMES = (
    "Hello", "SentimentAnalysis", "Summarizer", "LanguageId", "FaceBlur", "Ocr", "Align", "VariantCaller", "Forecast",
    "Transcribe", "Tokenizer", "Geocode", "Docking", "Regression", "Cluster", "Lookup", "Search", "Export", "plates",
    "samples",
)
HOSTS = (
    "app.example.org", "*.example.org", "dash.example.net", "localhost:3000", "portal.example.net:8443",
    "notebooks.example.org", "forms.example.net",
)
# fmt: on
