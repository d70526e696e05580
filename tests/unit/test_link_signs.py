"""Links that are not what they seem, offline. Hosts under .example are reserved; the others are names worth imitating."""

import json
from pathlib import Path

import pytest

from activities.detectors import assess_text
from activities.link_signs import LinkSigns

SIGNS = LinkSigns.load()


@pytest.mark.parametrize(
    ("link", "sign"),
    [
        ("https://wallet-verify.example/now", "listed"),
        ("https://shop.wallet-verify.example", "listed"),
        ("https://paypa1.com/login", "lookalike"),
        ("https://www.micros0ft.com", "lookalike"),
        ("https://xn--pypal-4ve.com", "lookalike"),  # its first a is Cyrillic
        ("https://faceb00k-help.example", "lookalike"),
        ("https://rnicrosoft.com", "lookalike"),
        ("https://goog\u0131e.com", "lookalike"),
        ("https://facebok.com", "lookalike"),
        ("https://instargam.com", "lookalike"),
        ("https://paypal.com.check.example/a", "name_in_subdomain"),
        ("https://paypal-refund.example", "name_with_more"),
        ("https://paypal.com@evil.example/x", "user_part"),
        ("http://203.0.113.7/login", "address_for_name"),
        ("http://[2001:db8::1]/", "address_for_name"),
        ("http://3405803783/", "address_for_name"),
        ("https://b\u0430nk.example", "mixed_scripts"),
        ("[paypal.com](https://evil.example/x)", "hidden_target"),
        ("https://bit.ly/3xyz", "shortener"),
    ],
)
def test_each_sign_is_seen_and_named(link: str, sign: str):
    reading = SIGNS.read(f"please look at {link} today")
    assert reading.raw_label == sign
    assert reading.spans


@pytest.mark.parametrize(
    "text",
    [
        "https://www.paypal.com/signin and https://paypal.me/somebody",
        "see https://docs.example/guide, or https://github.com/example/project",
        "[paypal.com](https://www.paypal.com/help)",
        "[the guide](https://docs.example/guide)",
        "https://яндекс.example/карта and https://müller.example",
        "version 2.0 at 10.30, e.g. this",
        "http://example.com:8080/a?b=c#d",
        "https://pineapple.example/pie",
        "",
    ],
)
def test_what_is_what_it_seems_scores_nothing(text: str):
    assert SIGNS.read(text).score == 0.0


def test_signs_add_up_and_places_are_kept():
    text = "one https://paypal.com@evil.example two https://wallet-verify.example three"
    reading = SIGNS.read(text)
    assert reading.score > 0.98
    assert [text[start:end] for start, end in reading.spans] == [
        "https://paypal.com@evil.example",
        "https://wallet-verify.example",
    ]


def test_a_text_of_nothing_but_links_takes_no_longer_than_fifty_of_them():
    assert SIGNS.read("https://wallet-verify.example/a " * 5_000).score == 1.0


def test_a_platform_adds_lists_of_its_own(tmp_path: Path):
    own = tmp_path / "hosts.json"
    own.write_text(
        json.dumps({"version": "7", "listed": ["mine.example"], "protected": {"ourforum": ["forum.example"]}})
    )
    signs = LinkSigns.load(own)
    assert signs.version == "1+7"
    assert signs.read("https://mine.example").raw_label == "listed"
    assert signs.read("https://0urforum.example").raw_label == "lookalike"
    own.write_text("[]")
    with pytest.raises(ValueError, match=r"hosts\.json is not an object"):
        LinkSigns.load(own)


def test_it_stands_behind_the_port_with_the_others():
    result = next(one for one in assess_text("https://paypa1.com") if one.label == "phishing")
    assert (result.detector, result.model, result.raw_label, result.score) == ("link-signs", "rules", "lookalike", 0.9)
