from tlswhy.packets.framing import ODDITY_LIMIT, RecordNotes


def test_oddities_have_a_limit():
    notes = RecordNotes()
    for number in range(2 * ODDITY_LIMIT):
        notes.note("capture-corrupt", f"byte {number}", frame=number)
    assert len(notes.oddities) == ODDITY_LIMIT
    assert notes.oddities[0].facts == {"frame": 0}
