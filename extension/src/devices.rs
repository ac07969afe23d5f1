//! What a visitor came with: phone, tablet, desktop, or a bot that is no visitor.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Bytes of a user agent that are read; real ones are shorter.
const LONGEST_READ: usize = 512;

/// User agents remembered by a backend.
const REMEMBERED: usize = 1024;

/// Kind of device, as told by a user agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    Mobile,
    Tablet,
    /// Also televisions and game consoles: large screens that stay in one place.
    Desktop,
    /// A crawler, a link preview, a script.
    Bot,
}

impl Device {
    /// As stored in `device_type`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Device::Mobile => "mobile",
            Device::Tablet => "tablet",
            Device::Desktop => "desktop",
            Device::Bot => "bot",
        }
    }
}

/// Browsers inside apps, always people's; the phone or carrier names they add must not be read as a bot's.
const IN_APP: [&str; 10] = [
    "FBAN/",
    "FBAV/",
    "FB_IAB/",
    "Instagram ",
    "musical_ly",
    "BytedanceWebview",
    "trill_",
    "LinkedInApp",
    "Snapchat/",
    "Twitter for ",
];

/// Bots that `isbot` does not know, in small letters.
const MORE_BOTS: [&str; 15] = [
    "aws-sdk",
    "dart:io",
    "faraday",
    "googleother",
    "httpie/",
    "iframely",
    "insomnia/",
    "libcurl",
    "lighthouse",
    "meta-external",
    "playwright",
    "puppeteer",
    "reqwest/",
    "restsharp",
    "undici",
];

const HANDHELD_CONSOLES: [&str; 5] =
    ["nintendo ds", "nintendo 3ds", "playstation portable", "playstation vita", "psp ("];

const TELEVISIONS_AND_CONSOLES: [&str; 17] = [
    "; aft",
    "android tv",
    "apple tv",
    "appletv",
    "bravia",
    "crkey",
    "google tv",
    "googletv",
    "hbbtv",
    "nintendo",
    "playstation",
    "roku",
    "smart tv",
    "smart-tv",
    "smarttv",
    "web0s",
    "xbox",
];

static BOTS: LazyLock<isbot::Bots> = LazyLock::new(isbot::Bots::default);

thread_local! {
    static KNOWN: RefCell<HashMap<String, Option<Device>>> = RefCell::new(HashMap::new());
}

/// The device of a user agent, of which the first 512 bytes are read; `None` when it is empty or tells nothing.
///
/// Answers are remembered, because reading a user agent takes a few microseconds.
pub(crate) fn classify(user_agent: &str) -> Option<Device> {
    let agent = user_agent.trim();
    let agent = &agent[..agent.floor_char_boundary(LONGEST_READ)];
    if agent.is_empty() {
        return None;
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(device) = known.get(agent) {
            return *device;
        }
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let device = read(agent);
        known.insert(agent.to_owned(), device);
        device
    })
}

fn read(agent: &str) -> Option<Device> {
    let category = woothee::parser::Parser::new().parse(agent).map_or("", |result| result.category);
    let small = agent.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| small.contains(word));

    let in_app = IN_APP.iter().any(|app| agent.contains(app));
    if !in_app && (is_bot(&small) || matches!(category, "crawler" | "misc")) {
        return Some(Device::Bot);
    }
    if has(&HANDHELD_CONSOLES) {
        return Some(Device::Mobile);
    }
    if has(&TELEVISIONS_AND_CONSOLES) {
        return Some(Device::Desktop);
    }
    if has(&["ipad", "playbook", "kindle", "silk/", "opera tablet"]) || has(&["tablet"]) && !has(&["tablet pc"]) {
        return Some(Device::Tablet);
    }
    if has(&["iphone", "ipod", "mobi", "opera mini", "windows phone"]) {
        return Some(Device::Mobile);
    }
    // A browser on Android says "Mobile" unless it is on a tablet; other programs there do not say.
    if has(&["android"]) && agent.starts_with("Mozilla/") {
        return Some(Device::Tablet);
    }
    match category {
        "smartphone" | "mobilephone" => Some(Device::Mobile),
        "pc" | "appliance" => Some(Device::Desktop),
        _ => None,
    }
}

fn is_bot(small: &str) -> bool {
    small.starts_with("whatsapp/")
        || MORE_BOTS.iter().any(|bot| small.contains(bot))
        // Cubot makes phones.
        || BOTS.is_bot(&small.replace("cubot", ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Device::{Bot, Desktop, Mobile, Tablet};

    fn all(device: Option<Device>, agents: &[&str]) {
        for agent in agents {
            assert_eq!(classify(agent), device, "{agent}");
        }
    }

    #[test]
    fn phones() {
        all(
            Some(Mobile),
            &[
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/120.0.6099.119 Mobile/15E148 Safari/604.1",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/121.0 Mobile/15E148 Safari/605.1.15",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/288.0.570137393 Mobile/15E148 Safari/604.1",
                "Mozilla/5.0 (iPod touch; CPU iPhone OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1",
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
                "Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36",
                "Mozilla/5.0 (Android 14; Mobile; rv:124.0) Gecko/124.0 Firefox/124.0",
                "Mozilla/5.0 (Linux; Android 9; CUBOT_P20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36",
                "Mozilla/5.0 (Linux; Android 11; CUBOT) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36",
                "Mozilla/5.0 (Linux; Android 12; moto g(60)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Mobile Safari/537.36 EdgA/122.0.2365.99",
                "Mozilla/5.0 (Linux; U; Android 11; en-us; Redmi Note 9 Build/RP1A.200720.011) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.127 Mobile Safari/537.36 XiaoMi/MiuiBrowser/13.30.1-gn",
                "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15063",
                "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
                "Mozilla/5.0 (BB10; Touch) AppleWebKit/537.10+ (KHTML, like Gecko) Version/10.0.9.2372 Mobile Safari/537.10+",
                "Dalvik/2.1.0 (Linux; U; Android 13; SM-G991B Build/TP1A.220624.014)",
                "Mozilla/5.0 (Linux; Android 10; HarmonyOS; ELS-AN00; HMSCore 6.11.0.302) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4844.88 HuaweiBrowser/13.0.5.303 Mobile Safari/537.36",
            ],
        );
    }

    #[test]
    fn people_inside_apps() {
        all(
            Some(Mobile),
            &[
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 300.0.0.18.111 (iPhone14,5; iOS 17_0; en_US; en; scale=3.00; 1170x2532; 508447925)",
                "Mozilla/5.0 (Linux; Android 12; SM-G991B Build/SP1A.210812.016; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/107.0.5304.141 Mobile Safari/537.36 Instagram 262.0.0.24.327 Android (31/12; 420dpi; 1080x2176; samsung; SM-G991B; o1s; exynos2100; en_GB; 422087133)",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/20F66 [FBAN/FBIOS;FBDV/iPhone14,2;FBMD/iPhone;FBSN/iOS;FBSV/16.5;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5]",
                "Mozilla/5.0 (Linux; Android 11; Pixel 5 Build/RQ3A.210805.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/92.0.4515.159 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/334.0.0.20.113;]",
                "Mozilla/5.0 (Linux; Android 11; CUBOT) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/92.0.4515.159 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/334.0.0.20.113;FBCR/Tiny;]",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 musical_ly_26.2.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/en Region/US BytedanceWebview/d8a21c6",
                "Mozilla/5.0 (Linux; Android 13; SM-A536B Build/TP1A.220624.014; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/110.0.5481.153 Mobile Safari/537.36 trill_280405 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly ByteLocale/en ByteFullLocale/en Region/GB BytedanceWebview/d8a21c6",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Snapchat/12.21.0.42 (like Safari/8614.4.6.0.6, panda)",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 15_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Twitter for iPhone/9.14",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 15_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.23.1234",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 15_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile [Pinterest/iOS]",
                "Mozilla/5.0 (Linux; Android 10; VOG-L29; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/99.0.4844.88 Mobile Safari/537.36 [Pinterest/Android]",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.32(0x1800202b) NetType/WIFI Language/zh_CN",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/13.0.0",
            ],
        );
        all(
            Some(Tablet),
            &[
                "Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 290.0.0.13.76 (iPad11,3; iOS 16_5; en_US; en; scale=2.00; 750x1334; 486591105)",
                "Mozilla/5.0 (Linux; Android 9; SM-T510 Build/PPR1.180610.011; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/90.0.4430.210 Safari/537.36 [FB_IAB/FB4A;FBAV/320.0.0.30.104;]",
            ],
        );
    }

    #[test]
    fn tablets() {
        all(
            Some(Tablet),
            &[
                "Mozilla/5.0 (iPad; CPU OS 12_5_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1",
                "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/123.0.6312.52 Mobile/15E148 Safari/604.1",
                "Mozilla/5.0 (Linux; Android 12; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 Safari/537.36",
                "Mozilla/5.0 (Android 13; Tablet; rv:124.0) Gecko/124.0 Firefox/124.0",
                "Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/108.7.5 like Chrome/108.0.5359.220 Safari/537.36",
                "Mozilla/5.0 (PlayBook; U; RIM Tablet OS 2.1.0; en-US) AppleWebKit/536.2+ (KHTML, like Gecko) Version/7.2.1.0 Safari/536.2+",
                "Mozilla/5.0 (X11; U; Linux armv7l like Android; en-us) AppleWebKit/531.2+ (KHTML, like Gecko) Version/5.0 Safari/533.2+ Kindle/3.0+",
            ],
        );
    }

    #[test]
    fn desktops() {
        all(
            Some(Desktop),
            &[
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/123.0.0.0 Safari/537.36 Edg/123.0.2420.65",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:124.0) Gecko/20100101 Firefox/124.0",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 OPR/109.0.0.0",
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0",
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
                "Mozilla/5.0 (X11; FreeBSD amd64; rv:109.0) Gecko/20100101 Firefox/115.0",
                "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; SLCC2; Media Center PC 6.0; Tablet PC 2.0; rv:11.0) like Gecko",
                "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) coc_coc_browser/118.0 Chrome/112.0.0.0 Safari/537.36",
                "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.0.0 YaBrowser/23.3.0 Safari/537.36",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112.0.0.0 Safari/537.36 Vivaldi/6.0.2979.18",
            ],
        );
    }

    #[test]
    fn televisions_and_consoles() {
        all(
            Some(Desktop),
            &[
                "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV Safari/537.36",
                "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.79 Safari/537.36 WebAppManager",
                "Mozilla/5.0 (Linux; Android 9; BRAVIA 4K UR2 Build/PTT1.190515.001.S52; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/88.0.4324.152 Safari/537.36",
                "Mozilla/5.0 (Linux; Android 7.1.2; AFTMM Build/NS6265; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/70.0.3538.110 Mobile Safari/537.36",
                "Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.225 Safari/537.36 CrKey/1.56.500000",
                "Mozilla/5.0 (PlayStation 4 11.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.0 Safari/605.1.15",
                "Mozilla/5.0 (PlayStation; PlayStation 5/8.20) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.4896.127 Safari/537.36 Edge/44.18363.8131",
            ],
        );
        all(Some(Mobile), &["Mozilla/5.0 (PlayStation Vita 3.73) AppleWebKit/537.73 (KHTML, like Gecko) Silk/3.2"]);
    }

    #[test]
    fn bots() {
        all(
            Some(Bot),
            &[
                "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
                "facebookexternalhit/1.1",
                "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 8_3 like Mac OS X) AppleWebKit/600.1.4 (KHTML, like Gecko) Version/8.0 Mobile/12F70 Safari/600.1.4 (compatible; AdsBot-Google-Mobile; +http://www.google.com/mobile/adsbot.html)",
                "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36 (compatible; GoogleOther)",
                "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
                "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
                "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
                "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
                "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
                "Twitterbot/1.0",
                "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
                "Slackbot 1.0 (+https://api.slack.com/robots)",
                "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
                "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
                "TelegramBot (like TwitterBot)",
                "WhatsApp/2.23.20.0 A",
                "WhatsApp/2.2587.9 N",
                "WhatsApp/2.23.20.0",
                "Pinterest/0.2 (+https://www.pinterest.com/bot.html)",
                "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36",
                "Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse",
                "curl/8.5.0",
                "Wget/1.21.4",
                "python-requests/2.31.0",
                "python-httpx/0.27.0",
                "Python/3.11 aiohttp/3.9.3",
                "Go-http-client/2.0",
                "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
                "axios/1.6.8",
                "okhttp/4.12.0",
                "Java/17.0.2",
                "PostmanRuntime/7.37.3",
                "GuzzleHttp/7",
                "Scrapy/2.11.1 (+https://scrapy.org)",
            ],
        );
    }

    #[test]
    fn nothing_told() {
        all(None, &["", "   ", "-", "Mozilla/5.0", "hello", "日本語", "\u{1f600}"]);
    }

    #[test]
    fn blanks_around_do_not_matter() {
        assert_eq!(classify("  curl/8.5.0\n"), Some(Bot));
    }

    #[test]
    fn only_the_beginning_is_read() {
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) ";
        assert_eq!(classify(&format!("{phone}{}", "x".repeat(1 << 20))), Some(Mobile));
        assert_eq!(classify(&format!("{phone}{} Googlebot/2.1", "x".repeat(600))), Some(Mobile));
        for length in 440..=460 {
            assert_eq!(classify(&format!("{phone}{}{}", "x".repeat(length), "é".repeat(40))), Some(Mobile));
        }
    }

    #[test]
    fn memory_is_bounded() {
        for i in 0..3 * REMEMBERED {
            assert_eq!(classify(&format!("curl/8.{i}")), Some(Bot));
            assert!(KNOWN.with_borrow(HashMap::len) <= REMEMBERED);
        }
    }

    #[test]
    fn no_text_panics() {
        let pieces = [
            "Mozilla/5.0 (",
            "Windows ",
            "MSIE 10.0;",
            "Windows Phone",
            "iPhone; ",
            "like Mac OS X",
            "Android",
            "Android 4.",
            ")",
            ";",
            "é",
            "日",
            "Chrome/",
            "Safari/",
            "Version/",
            "Opera",
            "Presto/",
            "DoCoMo/",
            "KDDI-",
            "SoftBank/",
            "J-PHONE/",
            "PSP (PlayStation Portable); ",
            "Nintendo",
            "BlackBerry",
            "BB10",
            "Trident/",
            " rv:",
            "FOMA;",
            "Googlebot",
            "Yahoo",
            "\u{0}",
            "Mac OS X 10",
            "PLAYSTATION 3",
            "CrOS ",
            "Firefox/",
            "Gecko/",
            "UP.Browser/",
            "WILLCOM;",
            "jig browser",
            "HTTP_Request",
            "FreeBSD ",
        ];
        let mut seed: usize = 7;
        for _ in 0..3_000 {
            let mut agent = String::new();
            for _ in 0..8 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                agent.push_str(pieces[(seed >> 33) % pieces.len()]);
            }
            classify(&agent);
        }
    }

    #[test]
    fn names_as_stored() {
        assert_eq!([Mobile, Tablet, Desktop, Bot].map(Device::as_str), ["mobile", "tablet", "desktop", "bot"]);
    }
}
