"""Values written as YAML are read back as they were, by certgate and by a reader of YAML 1.1."""

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from certgate.policy.yaml import read_yaml
from certgate.reports.yaml_text import WIDTH, yaml_item, yaml_lines

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300).filter(str.strip)
WORDS = st.sampled_from(
    ["yes", "null", "0x1f", "1e5", "12:30", "~", "- a", "a: b", "a #b", "[x]", "2026-11-28", ".inf", "1_0"]
)


def read(lines):
    text = "\n".join(lines) + "\n"
    assert all(len(line) <= WIDTH for line in lines)
    loaded = read_yaml(text, "x.yaml")
    assert loaded.mistakes == ()
    old = YAML(typ="safe", pure=True)
    old.version = (1, 1)
    assert old.load(text) == loaded.value
    return loaded.value


@settings(max_examples=50)
@given(TEXT | WORDS)
def test_a_text_stays_the_text_that_it_is(text):
    assert read(list(yaml_lines("file", text, indent=0))) == {"file": text}
    assert read(list(yaml_item(text, indent=2))) == [text]


@settings(max_examples=50)
@given(st.lists(TEXT | WORDS, min_size=1, max_size=5))
def test_so_do_lists(texts):
    assert read(list(yaml_lines("trust", texts, indent=0))) == {"trust": texts}


@settings(max_examples=50)
@given(
    st.dictionaries(st.text("ab:# ", min_size=1, max_size=9).filter(str.strip), TEXT | WORDS, min_size=1, max_size=4)
)
def test_so_do_labels(labels):
    assert read(list(yaml_lines("labels", labels, indent=0))) == {"labels": labels}


def test_what_people_write_without_quotes_has_none():
    plain = [
        "api.example.com",
        "10.0.3.7:8443",
        "db.corp.example:5432#db",
        "pki/root.pem",
        "certgate scan --config c.yaml",
    ]
    assert [next(yaml_lines("host", text, indent=2)) for text in plain] == [f"  host: {text}" for text in plain]
