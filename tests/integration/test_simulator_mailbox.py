"""The simulated mailbox accepts mail only into its database, refuses on demand, and shows repeats as repeats."""

import itertools
import re
import signal
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import httpx2
import pytest

from simulators.launching import Launched

_numbers = itertools.count(1)
READER = "reader@example.invalid"


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    with Launched(tmp_path_factory.mktemp("world")) as launched:
        yield launched


@pytest.fixture
def box(launched: Launched) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=launched.addresses["mailbox"], timeout=10) as box:
        yield box
        box.post("/control/faults", json={})
        box.post("/control/recipients", json={})


def a_mail(to: str = READER, notice: str | None = None, text: str = "We received your report.") -> EmailMessage:
    notice = notice or f"notice-{next(_numbers)}"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "noreply@dueprocess.invalid", to, "Ihre Meldung: Ökologie"
    mail["Message-ID"] = f"<{notice}@dueprocess.invalid>"
    mail["X-Dueprocess-Notice"], mail["X-Dueprocess-Kind"] = notice, "receipt"
    mail.set_content(text)
    mail.add_alternative(f'<p id="x">{text}</p><script>alert("no")</script>', subtype="html")
    return mail


def send(launched: Launched, *mails: EmailMessage, timeout: float = 10) -> None:
    host, _, port = launched.addresses["smtp"].partition(":")
    with smtplib.SMTP(host, int(port), timeout=timeout) as smtp:
        for mail in mails:
            smtp.send_message(mail)


def found(box: httpx2.Client, **query: str) -> dict[str, Any]:
    answer: dict[str, Any] = box.get("/messages", params=query).json()
    return answer


def test_a_mail_arrives_whole_with_headers_text_and_html(launched: Launched, box: httpx2.Client) -> None:
    send(launched, a_mail(notice="whole"))
    [summary] = found(box, notice="whole")["messages"]
    assert (summary["message_id"], summary["kind"], summary["to"]) == (
        "<whole@dueprocess.invalid>",
        "receipt",
        [READER],
    )
    mail = box.get(f"/messages/{summary['sequence']}").json()
    assert mail["text"].strip() == "We received your report."
    assert '<p id="x">' in mail["html"]
    assert ["Subject", "Ihre Meldung: Ökologie"] in mail["headers"]
    raw = box.get(f"/messages/{summary['sequence']}/raw")
    assert (raw.headers["content-type"], b"X-Dueprocess-Notice: whole" in raw.content) == ("message/rfc822", True)
    assert box.get("/messages/999999").status_code == 404


async def test_the_client_library_we_send_with_is_understood(launched: Launched, box: httpx2.Client) -> None:
    host, _, port = launched.addresses["smtp"].partition(":")
    await aiosmtplib.send(a_mail(notice="async"), hostname=host, port=int(port), start_tls=False)
    assert found(box, notice="async")["distinct"] == 1


def test_repeats_are_one_mail_with_several_arrivals(launched: Launched, box: httpx2.Client) -> None:
    mail = a_mail(notice="repeat")
    send(launched, mail, mail)
    send(launched, mail)
    answer = found(box, notice="repeat")
    assert (answer["distinct"], answer["arrivals"], len(answer["messages"])) == (1, 3, 1)
    assert len(answer["messages"][0]["arrivals"]) == 3
    assert "arrived 3×" in box.get(f"/mails/{answer['messages'][0]['sequence']}").text


def test_mails_are_found_by_address_whatever_its_case(launched: Launched, box: httpx2.Client) -> None:
    send(launched, a_mail("Grace@Example.invalid"), a_mail("grace@example.invalid"), a_mail("other@example.invalid"))
    assert found(box, to="GRACE@example.invalid")["distinct"] == 2


def test_a_page_of_mails_goes_on_where_the_last_one_ended(launched: Launched, box: httpx2.Client) -> None:
    notices = [f"page-{number}" for number in range(5)]
    send(launched, *(a_mail("pages@example.invalid", notice) for notice in notices))
    seen, before = [], ""
    for _ in range(3):
        answer = found(box, to="pages@example.invalid", limit="2", before=before)
        seen += [mail["notice"] for mail in answer["messages"]]
        before = str(answer["next_before"])
    assert seen == notices[::-1]
    assert answer["next_before"] is None


def test_refused_addresses_answer_550_for_ever_and_451_for_now(launched: Launched, box: httpx2.Client) -> None:
    lists = {"permanent": ["gone@example.invalid"], "temporary": ["busy@example.invalid"]}
    assert box.post("/control/recipients", json=lists).json() == lists
    for address, code in (("Gone@example.invalid", 550), ("busy@example.invalid", 451)):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(launched, a_mail(address))
        assert refused.value.recipients[address][0] == code
        assert found(box, to=address)["arrivals"] == 0
    assert [entry["smtp_status"] for entry in box.get("/control/log").json()["entries"]][-2:] == [550, 451]
    box.post("/control/recipients", json={})
    send(launched, a_mail("gone@example.invalid"))
    assert found(box, to="gone@example.invalid")["arrivals"] == 1


def test_a_misspelt_list_of_refusals_changes_nothing(box: httpx2.Client) -> None:
    box.post("/control/recipients", json={"permanent": ["gone@example.invalid"]})
    for wrong in ({"permanant": []}, {"permanent": "gone@example.invalid"}, {"temporary": ["no address"]}):
        assert box.post("/control/recipients", json=wrong).status_code == 422
    assert box.get("/control/recipients").json()["permanent"] == ["gone@example.invalid"]


def test_a_server_that_is_down_says_421_and_keeps_nothing(launched: Launched, box: httpx2.Client) -> None:
    box.post("/control/faults", json={"down": True})
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(launched, a_mail(notice="down"))
    assert refused.value.smtp_code == 421
    assert found(box, notice="down")["arrivals"] == 0


@pytest.mark.parametrize(
    ("wrong", "arrivals"),
    [
        ("500", 0),
        ("garbage", 0),
        ("timeout", 0),
        ("lost", 0),
        ("apply_then_500", 1),
        ("apply_then_timeout", 1),
        ("apply_then_lost", 1),
    ],
)
def test_a_failed_delivery_may_have_delivered_and_the_repeat_is_told_apart(
    launched: Launched, box: httpx2.Client, wrong: str, arrivals: int
) -> None:
    mail = a_mail(notice=f"wrong-{wrong}")
    box.post("/control/faults", json={"wrong": wrong, "times": 1})
    with pytest.raises((smtplib.SMTPException, OSError)):
        send(launched, mail, timeout=0.5)
    assert found(box, notice=f"wrong-{wrong}")["arrivals"] == arrivals
    send(launched, mail)
    answer = found(box, notice=f"wrong-{wrong}")
    assert (answer["distinct"], answer["arrivals"]) == (1, arrivals + 1)


def test_the_html_part_is_shown_in_a_frame_that_runs_nothing(launched: Launched, box: httpx2.Client) -> None:
    send(launched, a_mail(notice="framed"))
    sequence = found(box, notice="framed")["messages"][0]["sequence"]
    page = box.get(f"/mails/{sequence}")
    assert '<iframe sandbox=""' in page.text
    assert "<script>" not in page.text
    assert 'srcdoc="&lt;p id=&#34;x&#34;&gt;' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "Ihre Meldung: Ökologie" in box.get("/").text


def test_a_columns_heading_is_not_broken_amid_a_word(box: httpx2.Client) -> None:
    headings = re.findall(r"^th \{([^}]*)\}", box.get("/").text, re.MULTILINE)
    assert any("overflow-wrap: normal" in rule for rule in headings)


def test_kill_minus_nine_loses_no_accepted_mail_and_no_refusal(tmp_path: Path) -> None:
    launched = Launched(tmp_path).start()
    send(launched, *(a_mail() for _ in range(20)))
    with httpx2.Client(base_url=launched.addresses["mailbox"]) as box:
        box.post("/control/recipients", json={"permanent": ["gone@example.invalid"]})
        before = found(box)
    launched.stop(signal.SIGKILL)
    with launched, httpx2.Client(base_url=launched.addresses["mailbox"]) as box:
        assert found(box) == before
        assert before["distinct"] == 20
        assert box.get("/control/recipients").json()["permanent"] == ["gone@example.invalid"]
        box.post("/control/reset")
        assert found(box)["arrivals"] == 0
