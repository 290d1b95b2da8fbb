import contextlib
import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import BadFile
from ror.exchange.import_file import TEXT_LENGTH, Reject, refused_count, write_rejects
from ror.exchange.unit_types import checked_unit_type
from ror.exchange.units import SLUG_LENGTH, read_units, slug
from ror.model.nomenclature import unit_types
from ror.model.registry import Unit

FILE = Path(__file__).parent / "files" / "unites-fictives.csv"
HEADER = "finess;nom;type;places_installees;telephone;identifiant;fermee"


@pytest.fixture
def read(tmp_path):
    def read(*lines, header=HEADER):
        path = tmp_path / "unites-fictives.csv"
        path.write_text("\n".join((header, *lines)), encoding="utf-8", newline="")
        return read_units(path)

    return read


@pytest.fixture
def read_xlsx(tmp_path):
    def read(*rows):
        path = tmp_path / "unites-fictives.xlsx"
        workbook = openpyxl.Workbook()
        for index, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                workbook.active.cell(index, column, value)
        workbook.save(path)
        return read_units(path)

    return read


def only(file):
    ((_, unit),) = file.units
    return unit


def reason(file):
    (reject,) = file.rejects
    return reject.reason


def test_a_list_saved_by_a_french_spreadsheet_is_read():
    file = read_units(FILE)
    assert file.read == 4
    assert not file.rejects
    assert file.units == [
        (2, Unit("990000018-medecine-fictive", "990000018", "Médecine fictive", "16", 24, "0199000011")),
        (3, Unit("990000018-unite-fictive-de-coeur", "990000018", "Unité fictive de cœur", "121", None, "")),
        (4, Unit("hdj-fictif", "990000018", "Hôpital de jour fictif", "11", 8, "")),
        (
            5,
            Unit(
                "990000026-hebergement-fictif-aile-nord",
                "990000026",
                "Hébergement fictif ; aile nord",
                "21",
                60,
                "",
                closed=True,
            ),
        ),
    ]


def test_a_workbook_whose_first_sheet_is_hidden_is_read_from_the_sheet_that_one_sees():
    file = read_units(FILE.with_name("unites-premiere-feuille-cachee.xlsx"))
    assert (file.read, file.rejects) == (1, [])
    assert only(file).structure == "990770011"


def test_an_xlsx_gives_what_was_meant_by_its_numbers(read_xlsx):
    file = read_xlsx(
        [],
        ["Finess", "NOM", "Type", "Capacité", "Téléphone", "Fermée"],
        [990100012.0, "Unité fictive", 121, 12.0, 199000012, False],
        [],
        [10001234, "Autre unité fictive", "121", None, None, True],
    )
    assert file.read == 2
    assert file.units == [
        (3, Unit("990100012-unite-fictive", "990100012", "Unité fictive", "121", 12, "0199000012")),
        (5, Unit("010001234-autre-unite-fictive", "010001234", "Autre unité fictive", "121", None, "", closed=True)),
    ]


@pytest.mark.parametrize("header", ["Type,Nom,FINESS", " type , NOM ,Finess", "TYPE;nom;finess", '"type";"nom";"finess"'])
def test_the_columns_come_in_any_order_and_either_separator(read, header):
    separator = ";" if ";" in header else ","
    unit = only(read(separator.join(("121", "Unité fictive", "990000018")), header=header))
    assert (unit.structure, unit.unit_type) == ("990000018", "121")


@pytest.mark.parametrize("title", ["places_installees", "Places installées", "Capacité", "INSTALLÉS"])
def test_the_capacity_has_several_titles(read, title):
    assert only(read("990000018;Unité fictive;121;7", header=f"finess;nom;type;{title}")).installed == 7


@pytest.mark.parametrize("code", [code for code, unit_type in unit_types().items() if not unit_type.deprecated])
def test_a_type_is_a_code_or_its_label_whatever_the_case_and_accents(read, code):
    label = unit_types()[code].label.replace('"', '""')
    file = read(f"990000018;Fictive A;{code}", f'990000018;Fictive B;"{label}"', f'990000018;Fictive C;"{label.upper()}"')
    assert [unit.unit_type for _, unit in file.units] == [code] * 3


@pytest.mark.parametrize(
    ("label", "code"),
    [
        # Former labels of this service,
        ("Unité psychiatrique", "174"),
        ("Hébergement Temporaire d'urgence en Sortie d'Hospitalisation", "258"),
        # the longer ones of the ROR,
        ("Centre d'Accueil et d'Accompagnement à la Réduction des risques pour Usagers de Drogues (CAARUD)", "81"),
        # their apostrophes,
        ("Unité hospitalière de psychiatrie de l’adulte", "174"),
        # and a code of which a spreadsheet lost the zero.
        ("1", "01"),
        ("1.0", "01"),
    ],
)
def test_a_type_is_known_by_its_other_labels_too(read, label, code):
    assert only(read(f'990000018;Unité fictive;"{label}"')).unit_type == code


def test_no_other_label_is_that_of_another_type():
    labels = {unit_type.label: unit_type.code for unit_type in unit_types().values() if not unit_type.deprecated}
    others = {label: unit_type.code for unit_type in unit_types().values() for label in unit_type.other_labels}
    assert len(others) == 18
    assert not labels.keys() & others.keys()
    for label, code in (labels | others).items():
        assert checked_unit_type(label).code == code


@pytest.mark.parametrize(
    ("typed", "closed"),
    [
        ("oui", True),
        ("O", True),
        ("1", True),
        ("Vrai", True),
        ("non", False),
        ("n", False),
        ("0", False),
        ("FAUX", False),
        ("", False),
    ],
)
def test_closed_is_yes_or_no(read, typed, closed):
    assert only(read(f"990000018;Unité fictive;121;;;;{typed}")).closed is closed


DESCRIBED = "finess;nom;type;public;nom_court;secteur;zone;activite;sensible"


def test_a_list_may_describe_its_units(read):
    file = read(
        "990000018;Unité fictive;121;Adultes;UF  1;75G05;Paris 5e;Réanimation polyvalente;oui",
        "990000018;Autre unité;121;;;;;127;non",
        header=DESCRIBED,
    )
    described, other = (unit for _, unit in file.units)
    assert (described.patient_type, described.short_name) == ("adult", "UF 1")
    assert (described.psychiatric_sector, described.intervention_zone) == ("75G05", "Paris 5e")
    assert (described.operational_activity, described.sensitive) == ("127", True)
    assert (other.operational_activity, other.sensitive) == ("127", False)


@pytest.mark.parametrize("typed", ["085", "85", "85.0", "médecine INTERNE"])
def test_an_activity_is_a_code_or_its_label_even_without_its_zero(read, typed):
    assert only(read(f"990000018;Unité fictive;121;;;;;{typed};", header=DESCRIBED)).operational_activity == "085"


@pytest.mark.parametrize(
    ("typed", "patients"),
    [
        *(("", ""), ("adulte", "adult"), ("ADULTES", "adult"), ("enfant", "child"), ("Enfants", "child")),
        *((both, "both") for both in ("adulte et enfant", "Adultes, enfants", "enfant|adulte", "adultes ou enfants")),
    ],
)
def test_the_patients_are_adults_children_or_both(read, typed, patients):
    assert only(read(f"990000018;Unité fictive;121;{typed}", header=DESCRIBED)).patient_type == patients


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("vieux", "« vieux » dans la colonne « public » : saisissez adulte, enfant, ou les deux."),
        (f";{'long ' * 50}", "La colonne « nom_court » dépasse 200 caractères"),
        (f";;{'long ' * 50}", "La colonne « secteur » dépasse 200 caractères"),
        (f";;;{'long ' * 50}", "La colonne « zone » dépasse 200 caractères"),
        (";;;;999", "un code ou un libellé de la liste TRE_R211"),
        (";;;;;peut-être", "« peut-être » dans la colonne « sensible » : saisissez oui ou non."),
    ],
)
def test_a_description_that_is_not_understood_refuses_its_line(read, line, expected):
    assert expected in reason(read(f"990000018;Unité fictive;121;{line}", header=DESCRIBED))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("99000;Unité fictive;121", "« 99000 » n'est pas un numéro FINESS"),
        (";Unité fictive;121", "n'est pas un numéro FINESS"),
        ("990000018; ;121", "Le nom de l'unité manque"),
        (f"990000018;{'fictive ' * 30};121", "Le nom de l'unité manque, dépasse"),
        ("990000018;Unité fictive;hôtel", "« hôtel » est inconnu"),
        ("990000018;Unité fictive;12.1", "un code ou un libellé de la liste TRE_R244, par exemple 16 ou « "),
        ("990000018;Unité fictive;", "«  » est inconnu"),
        ("990000018;Unité fictive;121;douze", "« places installées » doit être un nombre entier"),
        ("990000018;Unité fictive;121;-1", "« places installées » doit être un nombre entier"),
        ("990000018;Unité fictive;121;10000", "dépasse 9999"),
        ("990000018;Unité fictive;121;;;;peut-être", "saisissez oui ou non"),
        ("990000018;Unité fictive;121;;;;?", "saisissez oui ou non"),
        (f"990000018;Unité fictive;121;;;{'x' * 101}", "L'identifiant dépasse 100 caractères"),
        ("990000018;Unité fictive;121;;;aile\u200b1", "L'identifiant dépasse 100 caractères ou en contient d'illisibles"),
        ("990000018;Unité fictive;121;;;;;;trop", "plus de cellules que l'en-tête (9 au lieu de 7)"),
        ('990000018;"Unité fictive;121', "Un guillemet ouvre une cellule"),
        ("990000018;Unité\0fictive;121", "caractère nul"),
        ("990000018;" + "x" * 10_000_000, "caractères"),
    ],
)
def test_a_bad_line_is_reported_and_does_not_stop_the_rest(read, line, expected):
    file = read(line, "", "990000018;Unité fictive suivante;121")
    assert file.read == 2
    assert [number for number, _ in file.units] == [4]
    assert expected in reason(file)
    assert (file.rejects[0].line, file.rejects[0].text) == (2, line[:200])


def test_the_first_of_two_units_of_the_same_id_is_used(read):
    file = read("990000018;Unité fictive;121", "990000018;UNITE  FICTIVE;11", "990000026;Unité fictive;121")
    assert [unit.id for _, unit in file.units] == ["990000018-unite-fictive", "990000026-unite-fictive"]
    assert "est déjà celui de la ligne 2" in reason(file)


def test_an_invalid_telephone_is_reported_with_its_line_and_the_unit_is_read(read):
    file = read("990000018;Unité fictive;121;7;voir standard", "990000018;Autre fictive;121;7;01 99 00 00 11 poste 4512")
    assert [unit.telephone for _, unit in file.units] == ["", "0199000011 poste 4512"]
    (reject,) = file.rejects
    assert (reject.line, reject.accepted, refused_count(file.rejects)) == (2, True, 0)
    assert "« voir standard » n'est pas un téléphone" in reject.reason
    assert reject.reason.endswith("Le reste de la ligne est pris, et le téléphone déjà connu est gardé.")


def test_a_list_may_have_the_telephone_of_bed_management_beside_that_of_the_unit(read):
    header = "finess;nom;type;telephone;Téléphone gestion lits"
    file = read("990000018;Unité fictive;121;01 99 00 00 11;06 39 98 01 01", header=header)
    assert [(unit.telephone, unit.bed_telephone) for _, unit in file.units] == [("0199000011", "0639980101")]
    assert "bed_telephone" in read("990000018;Unité fictive;121;7;").missing_columns


@pytest.mark.parametrize(
    "line",
    [
        "990000018.0;Unité fictive;16.0;24.0;;12.0;0.0",
        "990000018,0;Unité fictive;16,0;24,00;;12,0;non",
        "990 000 018;Unité fictive;16;\u202f24\u00a0;;12;",
        "990\u00a0000\u202f018;Unité fictive;16;24 ;;12;",
    ],
)
def test_a_whole_number_is_read_as_a_spreadsheet_printed_it(read, line):
    assert only(read(line)) == Unit("12", "990000018", "Unité fictive", "16", 24, "")


def test_a_first_zero_lost_with_decimals_added_is_put_back(read):
    assert only(read("10001234.0;Unité fictive;121")).structure == "010001234"


@pytest.mark.parametrize("number", ["24.5", "24.000", "1.024", "2 4", "1e3", "-0"])
def test_what_may_be_another_number_is_refused(read, number):
    assert "doit être un nombre entier" in reason(read(f"990000018;Unité fictive;121;{number}"))


def test_a_table_pasted_from_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "colle.txt"
    path.write_text("finess\tnom\ttype\ttelephone\n990000018\tUnité, fictive\t16\t0199000011\n", encoding="utf-8")
    assert only(read_units(path)) == Unit("990000018-unite-fictive", "990000018", "Unité, fictive", "16", None, "0199000011")


def test_a_line_of_which_a_letter_cannot_be_read_is_refused(tmp_path):
    path = tmp_path / "abime.csv"
    path.write_bytes(
        "finess;nom;type\n990000018;Unit\u00e9;16\n990000018;M\u00e9decine;16\n".encode().replace(b"Unit\xc3", b"Unit")
    )
    file = read_units(path)
    assert [unit.name for _, unit in file.units] == ["Médecine"]
    assert "illisible" in reason(file)


def test_a_slug_is_short_ascii_and_stable():
    assert slug("Unité « Les Cèdres » — 2ᵉ étage, cœur") == "unite-les-cedres-2e-etage-coeur"
    assert slug("№…") == "no"
    assert slug("—") == ""
    assert slug("a" * 59 + " b") == "a" * 59


@given(st.text())
def test_a_slug_of_anything_is_lower_ascii_and_hyphens(text):
    result = slug(text)
    assert len(result) <= SLUG_LENGTH
    assert set(result) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug(result) == result


def test_a_missing_column_is_named_with_those_found_and_expected(read):
    with pytest.raises(
        BadFile, match=r"pas de colonne « type »\. Colonnes trouvées : finess, nom, sorte ; attendues : finess, nom"
    ):
        read("990000018;Unité fictive;121", header="finess;nom;sorte")


def test_two_columns_of_the_same_meaning_are_refused(read):
    with pytest.raises(BadFile, match="plusieurs colonnes « places_installees »"):
        read(header="finess;nom;type;capacité;places installées")


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"%PDF-1.7\n", b"\0\1\2", "finess;nom".encode("utf-16"), b"PK\x03\x04", b"PK\5\6" + b"\0" * 18]
)
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "autre.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=r"« autre\.csv ».*(colonne|unités)"):
        read_units(path)


def test_an_encrypted_workbook_is_refused_with_a_remedy(tmp_path):
    path = tmp_path / "protege.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512)
    with pytest.raises(BadFile, match="mot de passe"):
        read_units(path)


def test_a_stray_cell_at_the_end_of_the_sheet_is_refused_and_does_not_take_all_the_memory(tmp_path):
    path = tmp_path / "loin.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER.split(";"))
    workbook.active["XFD1048576"] = "x"
    workbook.save(path)
    with pytest.raises(BadFile, match="très loin du tableau"):
        read_units(path)


def test_a_directory_and_a_missing_file_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(BadFile, match="donnez une liste d'unités"):
            read_units(path)


@given(content=st.binary(max_size=2_000), start=st.sampled_from([b"", b"finess;nom;type\n", b"PK\x03\x04"]))
def test_no_bytes_whatever_raise_anything_but_bad_file(tmp_path_factory, content, start):
    path = tmp_path_factory.getbasetemp() / "octets.csv"
    path.write_bytes(start + content)
    try:
        file = read_units(path)
    except BadFile:
        return
    assert file.read == len(file.units) + refused_count(file.rejects)


@given(place=st.integers(min_value=0), junk=st.binary(min_size=1, max_size=4), packed=st.booleans())
def test_a_damaged_workbook_raises_nothing_but_bad_file(tmp_path_factory, place, junk, packed):
    path = tmp_path_factory.getbasetemp() / "abime.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER.split(";"))
    workbook.active.append([990000018, "Unité fictive", 121])
    workbook.save(path)
    data = bytearray(path.read_bytes())
    if packed:
        start = place % len(data)
        data[start : start + len(junk)] = junk
    else:
        data = damaged_sheet(bytes(data), place, junk)
    path.write_bytes(data)
    with contextlib.suppress(BadFile):
        read_units(path)


def damaged_sheet(data, place, junk):
    """Return the same workbook, zipped correctly, with some bytes of its first sheet changed."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(copy, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                start = place % len(content)
                content = content[:start] + junk + content[start + len(junk) :]
            target.writestr(name, content)
    return copy.getvalue()


@given(cells=st.lists(st.text(), max_size=8))
def test_no_content_of_the_cells_loses_a_line(tmp_path_factory, cells):
    path = tmp_path_factory.getbasetemp() / "cellules.csv"
    text = "".join(";".join(["990000018", *cells]).split("\n")).encode(errors="ignore")
    path.write_bytes(b"finess;nom;type;capacite;telephone;identifiant;fermee\n" + text)
    file = read_units(path)
    assert file.read == len(file.units) + refused_count(file.rejects) == 1


def test_the_rejects_file_opens_in_a_spreadsheet_without_running_anything(tmp_path):
    path = tmp_path / "rejets.csv"
    texts = ["=1+1", "+1", "-1", "@somme", "\t=1", "\r=1", "a;b", 'une "fictive"']
    write_rejects(path, [Reject(index, "Motif fictif.", text) for index, text in enumerate(texts)])
    assert path.read_bytes().startswith(b"\xef\xbb\xbfligne;motif;contenu\r\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))[1:]
    assert [row[2] for row in rows] == [f"'{text}" for text in texts[:6]] + texts[6:]


def test_the_text_of_a_reject_is_cut():
    assert Reject(1, "Motif fictif.", "x" * 300).text == "x" * TEXT_LENGTH
