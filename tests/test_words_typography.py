import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.reply import sentences, sites
from repondeur.reply.typography import NARROW, NBSP, english, french, typeset

_SIGNS = st.text(alphabet=st.sampled_from("aeA1M.r h:;!?«»\"'’…,€%\n\t\u00a0\u202f“”()[]/0<|>oE-"), max_size=40)


@pytest.mark.parametrize(
    "setting",
    [
        french,
        lambda text: french(text, region="qc"),
        lambda text: french(text, site_keeps_narrow=True),
        english,
        lambda text: typeset(text, "de"),
    ],
    ids=["french", "quebec", "narrow", "english", "other"],
)
@given(text=_SIGNS | st.text())
def test_setting_twice_changes_nothing(setting, text: str) -> None:
    once = setting(text)
    assert setting(once) == once


@given(st.lists(st.sampled_from(["Merci", "à", "14:30", "http://a.fr/x?y;z!", "a.b@c.fr", "www.ici.fr", "16:9"])))
def test_links_addresses_and_times_stay(pieces: list[str]) -> None:
    assert french(" ".join(pieces)) == " ".join(pieces)


@given(_SIGNS)
def test_letters_and_digits_stay(text: str) -> None:
    def kept(s: str) -> str:
        folded = sentences.fold(s).replace("mr ", "m ").replace(f"mr{NBSP}", f"m{NBSP}").replace("mr.", "m.")
        return "".join(c for c in folded if c.isalnum())

    assert kept(french(text)).replace("r", "") == kept(text).replace("r", "")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Merci!", "Merci_!"),
        ("Merci  !", "Merci_!"),
        ("Quoi ?!", "Quoi_?!"),
        ("Bien sûr :", "Bien sûr_:"),
        ("oui ; non", "oui_; non"),
        ("« oui »", "«_oui_»"),
        ("«oui»", "«_oui_»"),
        ('Un "petit" mot', "Un «_petit_» mot"),
        ("l'accueil", "l’accueil"),
        ("Ah...", "Ah…"),
        ("Oui , merci .", "Oui, merci."),
        ("14h30", "14_h_30"),
        ("à 9 h", "à 9_h"),
        ("12€", "12_€"),
        ("50 %", "50_%"),
        ("Mr Dupont", "M._Dupont"),
        ("M. Dupont", "M._Dupont"),
        ("A bientôt", "À bientôt"),
        ("Etat", "État"),
        ("Etre", "Être"),
        ("coeur, soeur, oeuvre, oeil, voeux", "cœur, sœur, œuvre, œil, vœux"),
        ("OEuvre et COEUR", "Œuvre et CŒUR"),
        ("coefficient", "coefficient"),
        ("Voir :) ou ;-)", "Voir :) ou ;-)"),
        ("(!)", "(!)"),
        ("Merci\n\nÀ bientôt", "Merci\n\nÀ bientôt"),
    ],
)
def test_french_is_set(typed: str, shown: str) -> None:
    assert french(typed).replace(NBSP, "_") == shown


def test_quebec_sets_no_space_before_high_signs() -> None:
    assert french("Merci ! Quoi ? Oui ; voici : « oui »", region="qc") == (
        f"Merci! Quoi? Oui; voici{NBSP}: «{NBSP}oui{NBSP}»"
    )


def test_the_narrow_space_stands_only_where_a_site_keeps_it() -> None:
    assert french("Merci ! Voici : oui", site_keeps_narrow=True) == f"Merci{NARROW}! Voici{NBSP}: oui"
    assert french(f"Merci{NARROW}!") == f"Merci{NBSP}!"


def test_english_is_set() -> None:
    assert english('Thanks ! It\'s "great" : really...') == "Thanks! It’s “great”: really…"


def test_bytes_are_counted() -> None:
    assert sites.count("été", "google") == (5, 4096)
    assert sites.count("été", "facebook") == (5, None)
    assert sites.profile("inconnu").key == "autre"


def test_sentences_are_told_apart() -> None:
    text = "Merci M. Dupont ! À bientôt… Très bien.\nFin"
    assert sentences.split(text) == ("Merci M. Dupont !", "À bientôt…", "Très bien.", "Fin")


@given(st.text())
def test_the_flat_text_keeps_its_length(text: str) -> None:
    assert len(sentences.flat(text)) == len(text)
