"""National numbers: examples that authorities publish, and near misses of them."""

import pytest

from routeiq_builtin_plugins.pii_guard import identities


@pytest.mark.parametrize(
    ("check", "sound", "wrong"),
    [
        ("us_social_security", "219-12-3456", ["000-12-3456", "666-12-3456", "912-12-3456", "219-00-3456",
                                               "219-12-0000", "078-05-1120", "123-45-6789", "219-12 3456"]),
        ("spanish", "12345678Z", ["12345678A"]), ("spanish", "X1234567L", ["Y1234567L"]),
        ("italian", "RSSMRA85T10A562S", ["RSSMRA85T10A562T"]),
        ("french", "1 85 05 78 006 084 91", ["1 85 05 78 006 084 90"]),
        ("french", "185052A00608435", ["185052B00608435"]),
        ("german", "36 574 261 809", ["36 574 261 808", "01 234 567 890", "11 111 111 111"]),
        ("brazilian", "529.982.247-25", ["529.982.247-26", "111.111.111-11"]),
        ("indian", "9999 4105 7058", ["9999 4105 7059"]),
        ("chinese", "11010519491231002X", ["110105194912310021", "11010519491331002X"]),
        ("swedish", "811228-9874", ["811228-9875", "811328-9874"]), ("swedish", "811288-9871", ["811288-9872"]),
        ("finnish", "131052-308T", ["131052-308U", "321052-308T"]),
        ("polish", "44051401359", ["44051401358", "44990001359"]),
    ],
)  # fmt: skip
def test_a_number_is_one_only_if_it_has_its_check_digit(check, sound, wrong):
    assert getattr(identities, check)(sound)
    assert [number for number in wrong if getattr(identities, check)(number)] == []
