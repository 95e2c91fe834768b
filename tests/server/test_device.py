import pytest

from watchword.server.device import device_of
from watchword.server.languages import say

ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("text", "label", "icon"),
    [
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36", "Chrome on Windows", "laptop"),
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge on Windows", "laptop"),
        (f"{MAC} Version/18.0 Safari/605.1.15", "Safari on Mac", "laptop"),
        (f"{IPHONE} Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone", "phone"),
        (f"{IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone", "phone"),
        (f"{ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android", "phone"),
        (f"{ANDROID} SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36",
         "Samsung Internet on Android", "phone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
         "Firefox on Linux", "laptop"),
        ("Mozilla/5.0 (PlayStation 5) Firefox/1", "Firefox", "laptop"),
        ("curl/8.9.1", "A program: curl", "terminal"),
        ("python-httpx/0.28.1", "A program: Python", "terminal"),
        ("Go-http-client/2.0", "A program: Go", "terminal"),
        ("NotesForDesktop/3.1 (x)", "A program: NotesForDesktop", "terminal"),
        ("Mozilla/5.0", "A program: Mozilla", "terminal"),
        ("x" * 200, f"A program: {'x' * 40}", "terminal"),
        ("(nothing)", "Unknown device", "unknown"),
        ("", "Unknown device", "unknown"),
        (None, "Unknown device", "unknown"),
    ],
)  # fmt: skip
@pytest.mark.requirement("users:U39:devices-in-words")
def test_a_device_is_told_in_words(text, label, icon):
    device = device_of(text)
    assert (say(device.label), device.icon) == (label, icon)
