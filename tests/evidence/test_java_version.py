"""``java -version`` of the usual vendors, as they print it."""

import pytest

from tlswhy.errors import BadEvidence
from tlswhy.evidence import java_version
from tlswhy.evidence.read import read_evidence
from tlswhy.source import source_of_bytes

OUTPUTS = {
    "java/8u51+oracle": """java version "1.8.0_51"
Java(TM) SE Runtime Environment (build 1.8.0_51-b16)
Java HotSpot(TM) 64-Bit Server VM (build 25.51-b03, mixed mode)""",
    "java/7u79": """java version "1.7.0_79"
OpenJDK Runtime Environment (rhel-2.5.5.1.el6_6-x86_64 u79-b14)
OpenJDK 64-Bit Server VM (build 24.79-b02, mixed mode)""",
    "java/8u252+zulu": """openjdk version "1.8.0_252"
OpenJDK Runtime Environment (Zulu 8.46.0.19-CA-linux64) (build 1.8.0_252-b14)
OpenJDK 64-Bit Server VM (Zulu 8.46.0.19-CA-linux64) (build 25.252-b14, mixed mode)""",
    "java/8u402+corretto": """openjdk version "1.8.0_402"
OpenJDK Runtime Environment Corretto-8.402.08.1 (build 1.8.0_402-b08)
OpenJDK 64-Bit Server VM Corretto-8.402.08.1 (build 25.402-b08, mixed mode)""",
    "java/11.0.10+temurin": """openjdk version "11.0.10" 2021-01-19
OpenJDK Runtime Environment AdoptOpenJDK (build 11.0.10+9)
OpenJDK 64-Bit Server VM AdoptOpenJDK (build 11.0.10+9, mixed mode)""",
    "java/17.0.15+debian": """openjdk version "17.0.15" 2025-04-15
OpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)
OpenJDK 64-Bit Server VM (build 17.0.15+6-Debian-1deb12u1, mixed mode, sharing)""",
    "java/11.0.9.1+redhat": """openjdk version "11.0.9.1" 2020-11-04 LTS
OpenJDK Runtime Environment (Red_Hat-11.0.9.1+1-LTS) (build 11.0.9.1+1-LTS)""",
    "java/21.0.8+temurin": """openjdk version "21.0.8" 2025-07-15 LTS
OpenJDK Runtime Environment Temurin-21.0.8+9 (build 21.0.8+9-LTS)""",
    "java/17+oracle": """java version "17" 2021-09-14 LTS
Java(TM) SE Runtime Environment (build 17+35-LTS-2724)""",
    "java/17.0.9+graalvm": """java version "17.0.9" 2023-10-17 LTS
Java(TM) SE Runtime Environment Oracle GraalVM 17.0.9+11.1 (build 17.0.9+11-LTS-jvmci-23.0-b21)""",
    "java/8u221+ibm": """java version "1.8.0_221"
Java(TM) SE Runtime Environment (build 8.0.5.40 - pxa6480sr5fp40-20190807_01(SR5 FP40))
IBM J9 VM (build 2.9, JRE 1.8.0 Linux amd64-64-Bit Compressed References 20190725_423568 (JIT enabled, AOT enabled))""",
    "java/9.0.4": """openjdk version "9.0.4"
OpenJDK Runtime Environment (build 9.0.4+11)""",
}


@pytest.mark.parametrize("identifier", OUTPUTS)
@pytest.mark.parametrize("before", ["", "[root@finesse ~]# java -version\n"])
def test_the_usual_vendors(identifier: str, before: str):
    (words,) = read_evidence(source_of_bytes("version.txt", (before + OUTPUTS[identifier]).encode()))
    assert words.runtime is not None
    assert words.runtime.id == identifier
    assert words.where[0].place == f"line {1 + before.count(chr(10))}"


def test_a_version_of_nothing_java_is_a_clear_error():
    with pytest.raises(BadEvidence) as raised:
        list(java_version.read(source_of_bytes("v", b'java version "internal"\n')))
    assert raised.value.code == "java-version-unclear"


def test_other_texts_are_not_claimed():
    assert java_version.likelihood(b'<?xml version="1.0"?>') == 0
    assert java_version.likelihood(b"python version 3.11") == 0
