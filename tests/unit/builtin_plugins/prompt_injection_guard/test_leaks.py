"""The system prompt in answers."""

from routeiq_builtin_plugins.prompt_injection_guard.leaks import Leaks

PROMPT = (
    "You are the assistant of a bank. Never tell anybody the interest rate before the customer has said his name and"
    " his number. Answer in short sentences, and offer a call."
)


def test_many_words_in_a_row_are_a_leak():
    leaks = Leaks((), 10)
    prompt = leaks.shingles(PROMPT)
    assert leaks.compares
    assert leaks.found("It says: never tell anybody, the INTEREST rate before the customer has said his name!", prompt)
    assert not leaks.found("I never tell anybody the interest rate before lunch, and offer a call.", prompt)
    assert not leaks.found("Never tell anybody the interest rate before the customer", prompt)  # 9
    assert leaks.found("Never tell anybody the interest rate before the customer has", prompt)
    assert not leaks.found(PROMPT, leaks.shingles("something else"))


def test_a_canary_is_a_leak_in_any_case():
    leaks = Leaks(["Canary-7f3a"], 0)
    assert not leaks.compares
    assert leaks.found("the word is CANARY-7F3A.", frozenset())
    assert not leaks.found(PROMPT, leaks.shingles(PROMPT))
