"""The report as LaTeX: it compiles in an empty folder, whatever a study says."""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.report.exports.latex import latex_files, to_latex
from capstone_report.report.exports.latex_text import escaped, typewriter
from capstone_report.report.exports.pictures import pdf_of
from capstone_report.report.exports.structure import structure
from capstone_report.report.exports.tree import page_tree
from hostile_words import HOSTILE, PROSE
from simulated import TIMES, analyse

PDFLATEX = shutil.which("pdflatex")
SPECIAL = re.compile(r"(?<!\\)[$&#%_^~]")


def turned(body: str) -> str:
    """Return a page of the site as the body of a LaTeX document."""
    text = to_latex(structure(page_tree(f"# T\n\n{body}"), set()))
    return text.partition("\\maketitle\n\n")[2].partition("\n\n\\end{document}")[0]


def written(folder: Path, files: dict[str, bytes]) -> Path:
    """Write an export into an empty folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex on this machine")
@pytest.mark.parametrize("said", ["A plain study", HOSTILE], ids=["plain", "hostile"])
def test_the_report_compiles_in_an_empty_folder(said: str, tmp_path: Path) -> None:
    prose = {"problem": PROSE}
    analysis = analyse(tmp_path / "study", TIMES, prose=prose, problem__title=said, axis__why=said)
    folder = written(tmp_path / "tex", latex_files(analysis))

    answer = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"],
        cwd=folder,
        capture_output=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stdout[-2000:]
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("times", [TIMES, {}], ids=["measured", "not measured"])
def test_every_environment_is_closed_and_every_figure_lies_beside_it(
    times: dict[str, list[float]], tmp_path: Path
) -> None:
    files = latex_files(analyse(tmp_path, times, problem__title=HOSTILE, prose={"axis": PROSE}))
    text = files["report.tex"].decode()

    begun = Counter(re.findall(r"\\begin\{(\w+)\}", text))
    figures = set(re.findall(r"\\includegraphics\[[^]]*\]\{([^}]+)\}", text))

    assert begun == Counter(re.findall(r"\\end\{(\w+)\}", text))
    assert figures == set(files) - {"report.tex"}
    assert all(files[name].startswith(b"%PDF-") for name in figures)
    assert text.count("\\toprule") == text.count("\\bottomrule") == begun["longtable"] > 5


@given(st.text())
def test_no_special_sign_of_any_text_is_left(text: str) -> None:
    said = re.sub(r"\$\\\w+\$|\$-\$|~", "", escaped(text))
    bare = re.sub(r"\\[a-zA-Z]+\{\}|\\[{}$&#%_]", "", said)

    assert not re.search(r"[\\$&#%_^]", bare)
    assert said.count("{") - said.count(r"\{") == said.count("}") - said.count(r"\}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50 % & more", r"50 \% \& more"),
        ("a -- b ,, c ''", "a -{}- b ,{},  c '{}'".replace("  ", " ")),
        ("1.2\u00a0s \u00b1 3 \u00d7", r"1.2~s $\pm$ 3 $\times$"),
        ("\u00e9 \u0159 \u1ea1 \u4e2d", "\u00e9 \u0159 a [U+4E2D]"),
        ("a\u0301\x00b\u200b", "ab"),
        (
            "specs/case=1,workers=2",
            r"specs/\allowbreak{}case=\allowbreak{}1,\allowbreak{}workers=\allowbreak{}2",
        ),
    ],
)
def test_text_is_set_as_itself_or_by_its_number(text: str, expected: str) -> None:
    assert escaped(text) == expected


def test_code_keeps_its_blanks() -> None:
    assert typewriter("a  b", blanks=True) == "a~~b"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a *b* **c** `d_e`", r"a \emph{b} \textbf{c} \texttt{d\_e}"),
        ("[a](https://b.c/d_e%20#f)", r"\href{https://b.c/d\_e\%20\#f}{a}"),
        ("[a](<https://b.c/{d}>)", r"\href{https://b.c/\%7Bd\%7D}{a}"),
        ("10<sup>-5</sup>", r"10\textsuperscript{-5}"),
        ("- [a]\n- b", "\\begin{itemize}\n\\item {}[a]\n\\item {}b\n\\end{itemize}"),
        ("1. a", "\\begin{enumerate}\n\\item {}a\n\\end{enumerate}"),
        ("> a", "\\begin{quote}\na\n\\end{quote}"),
        ("### a", "\\subsection{a}"),
        ("---", "\\par\\noindent\\rule{\\linewidth}{0.4pt}"),
    ],
)
def test_what_the_site_says_is_said_in_latex(body: str, expected: str) -> None:
    assert turned(body) == expected


def test_a_table_has_rules_only_where_booktabs_puts_them_and_repeats_its_header() -> None:
    table = turned("| a | b |\n|--:|:-:|\n| [c] | d |\n")

    assert "\\toprule\n{}\\textbf{a} & \\textbf{b} \\\\\n\\midrule\n\\endhead\n{}[c] & d" in table
    assert re.findall(r"\\(ragged\w+|centering)", table) == ["raggedleft", "centering"]
    assert "|" not in table


def test_a_table_without_a_header_begins_with_its_rows() -> None:
    assert "\\toprule\n{}a & b \\\\\n\\bottomrule" in turned("| | |\n|---|---|\n| a | b |\n")


def test_the_columns_of_a_table_are_never_wider_than_the_line() -> None:
    cells = " | ".join(f"{'long' * 12} {number}" for number in range(9))
    table = turned(f"| {cells} |\n|{'---|' * 9}\n| {cells} |\n")

    shares = [float(share) for share in re.findall(r"dimexpr ([\d.]+)", table)]

    assert len(shares) == 9
    assert sum(shares) <= 1


def test_a_picture_is_the_same_bytes_however_often_it_is_drawn(tmp_path: Path) -> None:
    first = latex_files(analyse(tmp_path / "first", TIMES))

    assert latex_files(analyse(tmp_path / "second", TIMES)) == first


def test_a_picture_with_two_fonts_is_the_same_bytes() -> None:
    text = '<text y="9">a</text><text y="20" font-weight="bold">b</text>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="30">{text}</svg>'

    assert len({pdf_of(svg) for _ in range(8)}) == 1
