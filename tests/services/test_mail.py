"""Mails sent to a real mail server."""

import logging

import pytest

from ror.errors import MailFailed
from ror.services import mail
from ror.services.mail import Message
from ror.settings import settings
from tests import mailbox
from tests.harness import free_port

TEXT = f"Bonjour Éléonore,\n\nhttp://localhost:8501/?jeton={'x' * 43}\n\nÀ bientôt.\n"


@pytest.fixture
def use_mail_server(monkeypatch):
    """Return a function that points the settings to a mail server."""

    def use(port, **others):
        values = {"host": "127.0.0.1", "port": port, "security": "none"} | others
        for name, value in values.items():
            monkeypatch.setenv(f"ROR_SMTP_{name.upper()}", str(value))
        settings.cache_clear()

    return use


def test_there_is_no_mail_without_a_mail_server(use_mail_server):
    assert not mail.configured()
    use_mail_server(25)
    assert mail.configured()


def test_a_mail_arrives_as_it_was_written(use_mail_server, monkeypatch):
    monkeypatch.setenv("ROR_MAIL_FROM", "disponibilites@exemple.fr")
    with mailbox.opened() as box:
        use_mail_server(box.port)
        mail.send("eleonore@exemple.fr", Message("Choisir votre mot de passe - Île-de-France", TEXT))
        message = box.next()
    assert message.get_content().replace("\r\n", "\n") == TEXT
    assert (message["To"], message["From"]) == ("eleonore@exemple.fr", "disponibilites@exemple.fr")
    assert message["Subject"] == "Choisir votre mot de passe - Île-de-France"
    assert message["Date"] is not None
    assert message["Message-ID"].endswith("@exemple.fr>")
    assert box.secured == [False]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_is_sent_over_tls_to_a_server_with_a_trusted_certificate(use_mail_server, monkeypatch, tmp_path, security):
    certificate = mailbox.certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    read = mail._tls_of.cache_info().misses
    with mailbox.opened(certificate, tls=security == "tls") as box:
        use_mail_server(box.port, security=security)
        for _ in range(2):
            mail.send("eleonore@exemple.fr", Message("Sujet", TEXT))
            assert box.next()["Subject"] == "Sujet"
    assert box.secured == [True, True]
    # The authorities of the machine are not read again for each of thousands of mails.
    assert mail._tls_of.cache_info().misses == read + 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("trusted", ["nobody", "another host"])
def test_nothing_is_sent_to_a_server_with_an_untrusted_certificate(use_mail_server, monkeypatch, tmp_path, security, trusted):
    certificate = mailbox.certificate(tmp_path, "127.0.0.1" if trusted == "nobody" else "autre.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate if trusted == "another host" else tmp_path / "none.pem"))
    with mailbox.opened(certificate, tls=security == "tls") as box:
        use_mail_server(box.port, security=security, user=mailbox.USER, password=mailbox.PASSWORD)
        with pytest.raises(MailFailed):
            mail.send("eleonore@exemple.fr", Message("Sujet", TEXT))
    assert box.arrived.empty()
    assert box.users == []


def test_nothing_is_sent_to_a_server_without_tls_when_it_is_required(use_mail_server):
    with mailbox.opened() as box:
        use_mail_server(box.port, security="starttls", user=mailbox.USER, password=mailbox.PASSWORD)
        with pytest.raises(MailFailed):
            mail.send("eleonore@exemple.fr", Message("Sujet", TEXT))
    assert box.arrived.empty()
    assert box.users == []


def test_the_user_of_the_settings_signs_in_to_the_mail_server(use_mail_server):
    with mailbox.opened(wants_user=True) as box:
        use_mail_server(box.port, user=mailbox.USER, password=mailbox.PASSWORD)
        mail.send("eleonore@exemple.fr", Message("Sujet", TEXT))
        assert box.next()["To"] == "eleonore@exemple.fr"
    assert box.users == [mailbox.USER]


@pytest.mark.parametrize("others", [{}, {"user": mailbox.USER, "password": "wrong"}], ids=["no account", "wrong password"])
def test_a_refused_mail_raises_a_sentence_and_is_logged(use_mail_server, caplog, others):
    with mailbox.opened(wants_user=True) as box:
        use_mail_server(box.port, **others)
        with caplog.at_level(logging.WARNING), pytest.raises(MailFailed, match="n'a pas pu être envoyé"):
            mail.send("eleonore@exemple.fr", Message("Sujet", TEXT))
    assert box.arrived.empty()
    assert "could not be sent" in caplog.text
    assert "jeton" not in caplog.text


def test_a_mail_server_that_does_not_answer_raises_a_sentence(use_mail_server):
    use_mail_server(free_port())
    with pytest.raises(MailFailed):
        mail.send("eleonore@exemple.fr", Message("Sujet", TEXT))


@pytest.mark.parametrize(
    ("step", "answer", "expected"),
    [
        ("to_recipient", "450 busy", (True, False, False)),
        ("to_recipient", "550 nobody", (False, False, False)),
        ("answer", "451 later", (True, False, False)),
        ("answer", "554 no", (False, False, False)),
        ("answer", "", (False, False, True)),
    ],
)
def test_a_failure_tells_whether_the_mail_may_be_sent_again(use_mail_server, step, answer, expected):
    with mailbox.opened() as box:
        setattr(box, step, answer)
        use_mail_server(box.port)
        with pytest.raises(MailFailed) as failed:
            mail.send("eleonore@exemple.fr", Message("Sujet", TEXT))
    assert (failed.value.temporary, failed.value.unreachable, failed.value.doubtful) == expected


def test_a_server_that_is_away_took_nothing(use_mail_server):
    use_mail_server(free_port())
    with pytest.raises(MailFailed) as failed:
        mail.send("eleonore@exemple.fr", Message("Sujet", TEXT))
    assert (failed.value.temporary, failed.value.unreachable, failed.value.doubtful) == (True, True, False)


def test_a_mail_has_its_text_its_html_and_headers_that_are_not_folded(use_mail_server):
    address = f"<http://localhost:8501/rappel/{'x' * 300}>"
    with mailbox.opened() as box:
        use_mail_server(box.port)
        mail.send("eleonore@exemple.fr", Message("Sujet", TEXT, "<p>Éléonore</p>", {"List-Unsubscribe": address}))
        message = box.next()
    assert message["List-Unsubscribe"] == address
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == TEXT
    assert "<p>Éléonore</p>" in message.get_body(("html",)).get_content()


@pytest.mark.parametrize("to", ["", "a@b.fr\nBcc: c@d.fr", "a@b.fr, c@d.fr", "pas une adresse", "a@b.fr\0", "é@\ud800"])
def test_nothing_is_sent_to_a_text_that_is_not_one_mail_address(use_mail_server, to):
    with mailbox.opened() as box:
        use_mail_server(box.port)
        with pytest.raises(MailFailed):
            mail.send(to, Message("Sujet", TEXT))
    assert box.arrived.empty()


def test_files_arrive_as_they_were_in_lines_that_every_server_takes(use_mail_server):
    pdf, table = bytes(range(256)) * 40, "\ufeffUnité;Disponible\r\nMédecine;4\r\n".encode()
    files = [mail.Attachment("rapport.pdf", "application/pdf", pdf), mail.Attachment("rapport.csv", "text/csv", table)]
    with mailbox.opened() as box:
        use_mail_server(box.port)
        mail.send("eleonore@exemple.fr", Message("Sujet", TEXT, "<p>Bonjour</p>", attachments=files))
        message = box.next()
    assert message.get_content_type() == "multipart/mixed"
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == TEXT
    assert "<p>Bonjour</p>" in message.get_body(("html",)).get_content()
    arrived = {
        part.get_filename(): (part.get_content_type(), part.get_payload(decode=True)) for part in message.iter_attachments()
    }
    assert arrived == {"rapport.pdf": ("application/pdf", pdf), "rapport.csv": ("text/csv", table)}
    for part in message.iter_attachments():
        assert max(map(len, part.get_payload().splitlines())) <= 76


def test_a_mail_carries_the_first_files_that_fit_together(monkeypatch):
    monkeypatch.setattr(mail, "MAX_ATTACHED_BYTES", 10)
    small, large, last = (mail.Attachment(name, "text/csv", b"x" * size) for name, size in (("a", 6), ("b", 5), ("c", 4)))
    assert mail.fitting([small, large, last]) == [small, last]
    assert mail.fitting([large]) == [large]
    assert mail.fitting([mail.Attachment("d", "text/csv", b"x" * 11)]) == []
