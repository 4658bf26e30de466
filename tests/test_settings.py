"""Settings survive: atomically written, read as far as they fit, set aside when they cannot be read."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.errors import SettingsDamaged
from repondeur.reply.record import Tone
from repondeur.reply.shop import Shop
from repondeur.settings import FILE_NAME, Settings, SettingsFile, parse


def test_changes_come_back(tmp_path: Path) -> None:
    shop = Shop(name="Boulangerie Çelik", trade="boulangerie", signature="À bientôt,\nMaëlys", we="je", team=("Zoé",))
    SettingsFile(tmp_path).change(shop=shop, tone=Tone.FORMAL, threads={"a.gguf": 3})
    again = SettingsFile(tmp_path)
    assert again.current.shop == shop
    assert again.current.tone is Tone.FORMAL
    assert again.current.threads == {"a.gguf": 3}
    assert not again.damaged


def test_a_fresh_folder_starts_from_defaults(tmp_path: Path) -> None:
    assert SettingsFile(tmp_path / "absent").current == Settings()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"tone": "rap"}', '{"shop": 3}', '{"shop": {"we": "on"}}', '{"threads": {"a": "x"}}']
)
def test_an_unreadable_file_is_set_aside(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, "utf-8")
    file = SettingsFile(tmp_path)
    assert file.damaged
    assert file.current == Settings()
    assert (tmp_path / FILE_NAME).with_suffix(".illisible").read_text("utf-8") == text


def test_unknown_entries_of_a_newer_version_do_no_harm() -> None:
    assert parse(json.dumps({"site": "facebook", "new": 1, "shop": {"name": "A", "later": 2}})).shop.name == "A"


@given(st.text())
def test_reading_anything_gives_settings_or_says_damaged(text: str) -> None:
    with contextlib.suppress(SettingsDamaged):
        assert isinstance(parse(text), Settings)


def test_a_failed_write_keeps_the_former_settings(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    file.change(site="facebook")
    (tmp_path / FILE_NAME).with_suffix(".partial").mkdir()
    with pytest.raises(OSError, match=r".+"):
        file.change(site="google")
    assert file.current.site == SettingsFile(tmp_path).current.site == "facebook"
