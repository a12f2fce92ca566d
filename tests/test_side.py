from tlswhy.side import Side


def test_each_side_is_the_others_other():
    assert Side.CLIENT.other is Side.SERVER
    assert Side.SERVER.other is Side.CLIENT


def test_sides_are_the_words_of_the_contract():
    assert [str(side) for side in Side] == ["client", "server"]
