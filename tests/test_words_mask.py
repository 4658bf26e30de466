import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.reply.mask import Masked, mask, unmask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("au 06 12 34 56 78 !", "au [téléphone] !"),
        ("au 06.12.34.56.78", "au [téléphone]"),
        ("0612345678", "[téléphone]"),
        ("+33 6 12 34 56 78", "[téléphone]"),
        ("+33 (0)6 12 34 56 78", "[téléphone]"),
        ("0033612345678", "[téléphone]"),
        ("+32 475 12 34 56", "[téléphone]"),
        ("écrire à a.b+c@mail-x.fr.", "écrire à [courriel]."),
        ("a.b(at)mail.fr", "[courriel]"),
        ("voir https://exemple.fr/x?y=1, merci", "voir [lien], merci"),
        ("voir www.exemple.fr.", "voir [lien]."),
        ("sur exemple.com/avis", "sur [lien]"),
        ("ma AB-123-CD en panne", "ma [plaque] en panne"),
        ("ma 1234 AB 75", "ma [plaque]"),
        ("commande n° 45678-AB", "commande [numéro]"),
        ("facture F2024-118 reçue", "facture [numéro] reçue"),
        ("devis numéro 20241", "devis [numéro]"),
        ("n°123456", "[numéro]"),
        ("au 12 bis rue de la République 69003 Lyon, code", "au [adresse], code"),
        ("au 3, avenue Jean Jaurès", "au [adresse]"),
        ("5 rue victor hugo", "[adresse]"),
        ("au 5 rue pasteur depuis lundi", "au [adresse] depuis lundi"),
        ("14 chemin des Oliviers", "[adresse]"),
    ],
)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text, "").text == masked


@pytest.mark.parametrize(
    "text",
    [
        "20 ans de métier et 12 € le menu",
        "arrivé à 14:30, parti à 18h",
        "commande reçue, facture claire, devis gratuit",
        "il y a 2 rues fermées",
        "5 rue pour 12",
        "le 12/03/2024 à 9 h 30",
        "3 étoiles sur 5, note de 4,5",
        "une place au soleil",
        "Pain au levain. Super",
        "taille 38 à 42",
    ],
)
def test_harmless_figures_stay(text: str) -> None:
    assert mask(text, "").text == text


@pytest.mark.parametrize(
    ("text", "author", "masked"),
    [
        ("Sophie, merci", "Sophie Martin", "[prénom], merci"),
        ("de Sophie Martin !", "Sophie Martin", "de [prénom] !"),
        ("de Mme Martin", "Sophie Martin", "de [prénom]"),
        ("signé SOPHIE", "Sophie Martin", "signé [prénom]"),
        ("signé sophie m.", "Sophie M.", "signé [prénom] m."),
        ("helene vous remercie", "Hélène D", "[prénom] vous remercie"),
        ("moi c'est zorro33", "zorro33", "moi c'est [prénom]"),
        ("Petit bémol, un petit retard", "Sophie Petit", "Petit bémol, un petit retard"),
        ("chez les Petit", "Sophie Petit", "chez les [prénom]"),
        ("Jean-Pierre et Jeannette", "Jean-Pierre D", "[prénom] et Jeannette"),
        ("Le client est roi, l'avis aussi", "Client anonyme", "Le client est roi, l'avis aussi"),
        ("Karine est adorable", "Sophie Martin", "Karine est adorable"),
    ],
)
def test_the_author_is_masked(text: str, author: str, masked: str) -> None:
    assert mask(text, author).text == masked


def test_what_was_masked_is_told_in_reading_order() -> None:
    found = mask("Sophie, 06 12 34 56 78, facture F2024-118", "Sophie Martin").found
    assert found == (("prénom", "Sophie"), ("téléphone", "06 12 34 56 78"), ("numéro", "F2024-118"))


_PIECES = st.sampled_from(
    [
        "Sophie",
        "06 12 34 56 78",
        "a@b.fr",
        "AB-123-CD",
        "commande n° 4567",
        "12 rue des Lilas",
        "www.x.fr",
        "Merci",
        "!",
    ]
)


@given(st.lists(_PIECES))
def test_putting_back_what_was_masked_gives_the_text(pieces: list[str]) -> None:
    text = " et ".join(pieces)
    masked = mask(text, "Sophie Martin")
    for kind, original in masked.found:
        masked = Masked(masked.text.replace(f"[{kind}]", original, 1), masked.found)
    assert masked.text == text


@given(st.lists(_PIECES), st.sampled_from(["Sophie Martin", "sophie m", "SOPHIE"]))
def test_no_secret_is_left(pieces: list[str], author: str) -> None:
    masked = mask(", ".join(pieces), author).text
    for secret in ("Sophie", "06 12", "a@b", "AB-1", "4567", "Lilas", "www"):
        assert secret not in masked


@given(st.text(), st.text())
def test_masking_twice_finds_nothing_more(text: str, author: str) -> None:
    once = mask(text, author)
    assert len(once.found) == sum(once.text.count(f"[{kind}]") for kind in {k for k, _ in once.found}) - sum(
        text.count(f"[{kind}]") for kind in {k for k, _ in once.found}
    )


@pytest.mark.parametrize(
    ("text", "named", "nameless"),
    [
        ("Merci [prénom], à bientôt.", "Merci Sophie, à bientôt.", "Merci, à bientôt."),
        ("Merci [prénom] !", "Merci Sophie !", "Merci !"),
        ("[prénom], votre avis compte.", "Sophie, votre avis compte.", "Votre avis compte."),
        ("Merci. [prénom], à bientôt.", "Merci. Sophie, à bientôt.", "Merci. À bientôt."),
        ("Et merci, [prénom], pour tout.", "Et merci, Sophie, pour tout.", "Et merci, pour tout."),
        ("À bientôt, [prénom].", "À bientôt, Sophie.", "À bientôt."),
        ("Merci à [prénom].", "Merci à Sophie.", "Merci à vous."),
        ("Merci [Prenom] !", "Merci Sophie !", "Merci !"),
    ],
)
def test_the_first_name_comes_back_or_leaves_with_its_commas(text: str, named: str, nameless: str) -> None:
    assert unmask(text, "Sophie", names=True) == named
    assert unmask(text, "Sophie", names=False) == nameless
    assert unmask(text, "", names=True) == nameless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Appelez au [téléphone].", "Appelez à ce numéro."),
        ("L’[adresse] est notée.", "Cette adresse est notée."),
        ("le [numéro] de dossier", "ce numéro de dossier"),
        ("à côté du [lien]", "à côté de ce lien"),
        ("votre [plaque]", "ce véhicule"),
        ("par [courriel]", "par cette adresse"),
    ],
)
def test_other_masks_become_neutral_words(text: str, shown: str) -> None:
    assert unmask(text, "", names=False) == shown


def test_a_name_that_cannot_leave_stays_for_the_guard() -> None:
    assert unmask("Le message de [prénom] compte.", "", names=False) == "Le message de [prénom] compte."
