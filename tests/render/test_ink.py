"""Pages: wrapping, widths, colours."""

from tlswhy.render.ink import Page, Span, ascii_only, cells, painted


def lines(page):
    return painted(page.lines, color=False).splitlines()


def test_a_paragraph_hangs_below_its_first_words():
    page = Page(20)
    page.write("one two three four five", first="  a: ")
    assert lines(page) == ["  a: one two three", "     four five"]


def test_a_word_that_does_not_fit_is_broken():
    page = Page(20)
    page.write("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", first="  ")
    assert lines(page) == ["  TLS_ECDHE_ECDSA_WI", "  TH_CHACHA20_POLY13", "  05_SHA256"]


def test_a_lead_that_fills_the_line_stands_alone():
    page = Page(30)
    page.write("and some text below it", first="no-common-signature-algorithm ")
    assert lines(page) == ["no-common-signature-algorithm", "  and some text below it"]


def test_no_dot_hangs_at_the_end_of_a_line():
    page = Page(12)
    page.write("TLS 1.2 · SUITE_X")
    assert lines(page) == ["TLS 1.2", "SUITE_X"]


def test_wide_characters_count_two():
    assert cells("座席") == 4
    page = Page(6)
    page.write("座席桌面")
    assert lines(page) == ["座席桌", "面"]


def test_blank_lines_never_double():
    page = Page(20)
    page.blank()
    page.write("a")
    page.blank()
    page.blank()
    page.write("b")
    assert lines(page) == ["a", "", "b"]


def test_colours_end_with_the_run():
    page = Page(40)
    page.write((Span("✘ ", "bad"), Span("plain"), Span(" text"), Span(" dim", "dim")))
    assert painted(page.lines, color=True) == "\x1b[1;31m✘\x1b[0m plain text\x1b[2m \x1b[0m\x1b[2mdim\x1b[0m\n".replace(
        "\x1b[2m \x1b[0m\x1b[2mdim\x1b[0m", " \x1b[2mdim\x1b[0m"
    )


def test_put_cuts_what_is_too_wide():
    page = Page(5)
    page.put((Span("abc"), Span("defgh", "bad")))
    assert lines(page) == ["abcde"]


def test_ascii_has_signs_of_its_own():
    assert ascii_only("✘ a → b · “c” – é") == 'x a -> b - "c" - \\xe9'
    page = Page(12, unicode=False)
    page.write("─│▶◀ 座")
    assert lines(page) == ["-|>< \\u5ea7"]


def test_ideographs_are_broken_anywhere_but_beside_their_punctuation():
    page = Page(12)
    page.write("伺服器憑證鏈，「根憑證」：（TLS）結束。")
    shown = lines(page)
    assert "".join(shown) == "伺服器憑證鏈，「根憑證」：（TLS）結束。"
    assert all(cells(line) <= 12 for line in shown)
    assert not any(line[0] in "，」：）。" or line[-1] in "「（" for line in shown)


def test_a_blank_between_ideograph_and_latin_is_no_gap_elsewhere():
    page = Page(40)
    page.write((Span("憑證", "bad"), Span("鏈 TLS 1.2 完成")))
    assert lines(page) == ["憑證鏈 TLS 1.2 完成"]


def test_every_sign_of_a_page_has_its_ascii():
    """What tlswhy draws with itself; a name from the evidence is escaped instead."""
    page = Page(60, unicode=False)
    page.write("✘ ✔ · → ← … – × ◆ • “a”", first="│ ")
    assert "\\u" not in painted(page.lines, color=False)
