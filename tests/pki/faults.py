"""What can be odd about one certificate, by the field it stands in: the questions that suites of path tests ask.

Each fault changes a ``Paper`` before it is signed (or its bytes afterwards). Whether a client minds is the judges'
business. Names say what is there, not what should happen.
"""

from tests.pki.fault_fields import BASIC, EXTENSIONS, KEY_IDENTIFIERS, NUMBERS, OUTSIDE, USAGES, VALIDITY
from tests.pki.fault_keys import KEYS, SIGNATURES
from tests.pki.fault_making import Fault
from tests.pki.fault_names import CA, LEAF, SUBJECTS


def faults_for(role: str) -> dict[str, Fault]:
    """Everything that can be odd about a certificate of this role, by name."""
    return {**ANYWHERE, **(LEAF if role == "leaf" else CA)}


ANYWHERE: dict[str, Fault] = {
    **KEY_IDENTIFIERS,
    **BASIC,
    **USAGES,
    **EXTENSIONS,
    **VALIDITY,
    **NUMBERS,
    **SUBJECTS,
    **SIGNATURES,
    **KEYS,
    **OUTSIDE,
}
