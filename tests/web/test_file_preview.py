"""The field of a file: a file is read once, its preview is written once, and each preview has a number of its own."""

from streamlit.testing.v1 import AppTest

from tests.pages.widgets import press


def screen():
    import streamlit as st

    from ror.errors import BadFile
    from ror.web.forms.file_preview import FilePreview

    field = FilePreview("probe", "section")

    def read(file):
        st.session_state.readings = st.session_state.get("readings", 0) + 1
        if file.name == "refused.csv":
            raise BadFile("Ce fichier est illisible.")
        return [file.name]

    def write(preview):
        if field.holds(preview):
            st.session_state.written = st.session_state.get("written", 0) + 1
            field.empty()

    preview = field.render("Fichier", 1, read)
    if preview is not None:
        st.button("Importer", on_click=write, args=(preview,), key=f"go-{field.number}")
        # A double click calls back twice: the second time the preview was already written.
        st.button("Deux fois", on_click=lambda: (write(preview), write(preview)))
        st.button("Relire", on_click=field.discard)


def page_with_file(name):
    page = AppTest.from_function(screen, default_timeout=30).run()
    page = page.file_uploader[0].set_value((name, b"a;b", "text/csv")).run()
    assert not page.exception
    return page


def test_a_file_is_read_once_and_again_once_its_preview_is_discarded():
    page = page_with_file("units.csv").run()
    assert page.session_state.readings == 1
    first = page.button[0].key
    page = press(page, "Relire")
    assert page.session_state.readings == 2
    assert page.button[0].key != first


def test_a_preview_serves_once_and_leaves_the_field_empty():
    page = press(page_with_file("units.csv"), "Deux fois")
    assert page.session_state.written == 1
    assert page.file_uploader[0].value is None
    assert not page.button


def test_a_refused_file_has_its_sentence_and_no_button():
    page = page_with_file("refused.csv")
    assert [error.value for error in page.error] == ["Ce fichier est illisible."]
    assert not page.button
