//! Where a visitor is: country and city of an IP address, from a MaxMind DB file.

use maxminddb::{MaxMindDbError, Mmap, Reader, path};
use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::Metadata;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;

/// Longest city name kept, in characters.
const LONGEST_CITY: usize = 100;

/// What is known of an address.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// ISO 3166-1 code of two capital letters.
    pub(crate) country: Option<String>,
    /// English name.
    pub(crate) city: Option<String>,
    /// Why the file could not be used, for the caller to raise as a warning: said once per backend and path.
    pub(crate) warning: Option<String>,
}

/// One opened file, or why it could not be opened.
struct Database {
    path: String,
    identity: Option<Identity>,
    reader: Result<Reader<Mmap>, String>,
}

/// What changes when a file is replaced or rewritten: device, inode, size, and time of change.
type Identity = (u64, u64, u64, i64, i64);

thread_local! {
    static OPEN: RefCell<Option<Database>> = const { RefCell::new(None) };
    static WARNED: RefCell<HashSet<String>> = RefCell::new(HashSet::new());
}

/// Country and city of `address` in the MaxMind DB file at `path` (GeoLite2, GeoIP2 or DB-IP, of cities or of
/// countries).
///
/// An empty path, an address the file does not know, and a file that is missing or damaged give no place.
/// The file is mapped once per backend, and again when the path or the file changes. Replace a file by renaming
/// a new one over it: a mapped file must not shrink while it is read.
pub(crate) fn lookup(path: &str, address: IpAddr) -> Place {
    if path.is_empty() {
        return Place::default();
    }
    let found = OPEN.with_borrow_mut(|open| {
        let file = std::fs::metadata(path);
        let identity = file.as_ref().ok().map(identity);
        let database = match open {
            Some(database) if database.path == path && database.identity == identity => database,
            _ => open.insert(Database {
                path: path.to_owned(),
                identity,
                reader: file.map_err(|error| error.to_string()).and_then(|file| map(path, &file)),
            }),
        };
        match &database.reader {
            Ok(reader) => place(reader, address.to_canonical()).map_err(|error| error.to_string()),
            Err(problem) => Err(problem.clone()),
        }
    });
    found.unwrap_or_else(|problem| Place { warning: first_warning(path, &problem), ..Place::default() })
}

fn identity(file: &Metadata) -> Identity {
    (file.dev(), file.ino(), file.size(), file.ctime(), file.ctime_nsec())
}

fn map(path: &str, file: &Metadata) -> Result<Reader<Mmap>, String> {
    if !file.is_file() {
        return Err("not a regular file".to_owned());
    }
    // SAFETY: the bytes are only read, through bounds-checked slices and with UTF-8 checked. A file replaced by
    // renaming stays mapped as it was; one cut short in place is noticed by its identity before the next lookup.
    unsafe { Reader::open_mmap(path) }.map_err(|error| error.to_string())
}

fn place<S: AsRef<[u8]>>(reader: &Reader<S>, address: IpAddr) -> Result<Place, MaxMindDbError> {
    if address.is_ipv6() && reader.metadata().ip_version == 4 {
        return Ok(Place::default());
    }
    let record = reader.lookup(address)?;
    // MaxMind's and DB-IP's own files nest their values; the flat layout of DB-IP Lite is known by this key.
    let (country, city): (Option<&str>, Option<&str>) = match record.decode_path(&path!["country_code"])? {
        Some(country) => (Some(country), record.decode_path(&path!["city"])?),
        None => {
            (record.decode_path(&path!["country", "iso_code"])?, record.decode_path(&path!["city", "names", "en"])?)
        }
    };
    Ok(Place { country: country.and_then(country_code), city: city.and_then(city_name), warning: None })
}

fn country_code(text: &str) -> Option<String> {
    let letters = text.len() == 2 && text.bytes().all(|c| c.is_ascii_alphabetic());
    letters.then(|| text.to_ascii_uppercase())
}

fn city_name(text: &str) -> Option<String> {
    let name = text.trim();
    if name.is_empty() || name.contains(char::is_control) {
        return None;
    }
    Some(name.chars().take(LONGEST_CITY).collect())
}

fn first_warning(path: &str, problem: &str) -> Option<String> {
    let first = WARNED.with_borrow_mut(|warned| warned.insert(path.to_owned()));
    first.then(|| {
        format!("campaign.geoip_database {path:?} cannot be used, so visits have no country or city: {problem}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// One of the small files made by tests/data/geo/make.py.
    fn data(file: &str) -> String {
        format!("{}/../tests/data/geo/{file}", env!("CARGO_MANIFEST_DIR"))
    }

    fn scratch(name: &str, bytes: &[u8]) -> String {
        let path: PathBuf = std::env::temp_dir().join(format!("pg_campaign_{}_{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn at(path: &str, address: &str) -> (Option<String>, Option<String>) {
        let place = lookup(path, address.parse().unwrap());
        assert_eq!(place.warning, None);
        (place.country, place.city)
    }

    fn some(country: &str, city: &str) -> (Option<String>, Option<String>) {
        (Some(country.to_owned()), Some(city.to_owned()))
    }

    fn country(code: &str) -> (Option<String>, Option<String>) {
        (Some(code.to_owned()), None)
    }

    #[test]
    fn cities() {
        let path = data("cities.mmdb");
        assert_eq!(at(&path, "203.0.113.7"), some("US", "Austin"));
        assert_eq!(at(&path, "198.51.100.255"), some("CA", "Toronto"));
        assert_eq!(at(&path, "2001:db8::1"), some("DE", "Berlin"));
        assert_eq!(at(&path, "::ffff:203.0.113.7"), some("US", "Austin"));
        assert_eq!(at(&path, "192.0.2.1"), country("BR"));
    }

    #[test]
    fn countries() {
        let path = data("countries.mmdb");
        assert_eq!(at(&path, "203.0.113.7"), country("US"));
        assert_eq!(at(&path, "2001:db8::1"), country("DE"));
    }

    #[test]
    fn flat_layout_of_ipv4_only() {
        let path = data("flat.mmdb");
        assert_eq!(at(&path, "203.0.113.7"), some("US", "Austin"));
        assert_eq!(at(&path, "2001:db8::1"), (None, None));
        assert_eq!(at(&path, "::ffff:198.51.100.1"), some("CA", "Toronto"));
    }

    #[test]
    fn unknown_addresses_have_no_place() {
        for file in ["cities.mmdb", "countries.mmdb", "flat.mmdb"] {
            for address in ["10.0.0.1", "127.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "fe80::1"] {
                assert_eq!(at(&data(file), address), (None, None), "{file} {address}");
            }
        }
    }

    #[test]
    fn no_path_no_place() {
        assert_eq!(lookup("", "203.0.113.7".parse().unwrap()), Place::default());
    }

    #[test]
    fn changing_the_path_changes_the_file() {
        assert_eq!(at(&data("cities.mmdb"), "203.0.113.7"), some("US", "Austin"));
        assert_eq!(at(&data("countries.mmdb"), "203.0.113.7"), country("US"));
        assert_eq!(at(&data("cities.mmdb"), "203.0.113.7"), some("US", "Austin"));
    }

    #[test]
    fn a_replaced_file_is_noticed() {
        let address = "203.0.113.7".parse().unwrap();
        let good = std::fs::read(data("cities.mmdb")).unwrap();
        let path = scratch("replaced", &good);
        assert_eq!(at(&path, "203.0.113.7"), some("US", "Austin"));
        std::fs::write(&path, &good[..100]).unwrap();
        assert!(lookup(&path, address).warning.is_some());
        std::fs::write(&path, b"").unwrap();
        assert_eq!(lookup(&path, address), Place::default());
        let new = scratch("replacement", &std::fs::read(data("countries.mmdb")).unwrap());
        std::fs::rename(new, &path).unwrap();
        assert_eq!(at(&path, "203.0.113.7"), country("US"));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(lookup(&path, address), Place::default());
    }

    #[test]
    fn a_bad_file_is_reported_once() {
        let address = "203.0.113.7".parse().unwrap();
        let good = std::fs::read(data("cities.mmdb")).unwrap();
        let noise: Vec<u8> = (0..5_000_u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
        let bad = [
            ("missing", "/no/such/file.mmdb".to_owned()),
            ("directory", env!("CARGO_MANIFEST_DIR").to_owned()),
            ("device", "/dev/zero".to_owned()),
            ("nul", "a\0b".to_owned()),
            ("empty", scratch("empty", b"")),
            ("noise", scratch("noise", &noise)),
            ("beginning", scratch("beginning", &good[..good.len() / 2])),
            ("end", scratch("end", &good[good.len() / 2..])),
        ];
        for (what, path) in &bad {
            let place = lookup(path, address);
            assert_eq!((place.country, place.city), (None, None), "{what}");
            let warning = place.warning.unwrap_or_default();
            assert!(warning.starts_with("campaign.geoip_database \""), "{what}: {warning}");
        }
        for (what, path) in &bad {
            assert_eq!(lookup(path, address), Place::default(), "{what}");
        }
        for (_, path) in bad.iter().filter(|(_, path)| path.contains("pg_campaign_")) {
            let _ = std::fs::remove_file(path);
        }
    }

    #[test]
    fn a_damaged_record_is_reported_and_the_rest_still_used() {
        let mut bytes = std::fs::read(data("cities.mmdb")).unwrap();
        let berlin = bytes.windows(6).position(|w| w == b"Berlin").unwrap();
        bytes[berlin] = 0xff;
        let path = scratch("damaged", &bytes);
        assert_eq!(at(&path, "203.0.113.7"), some("US", "Austin"));
        let damaged = "2001:db8::1".parse().unwrap();
        assert!(lookup(&path, damaged).warning.is_some());
        assert_eq!(lookup(&path, damaged), Place::default());
        assert_eq!(at(&path, "203.0.113.7"), some("US", "Austin"));
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn no_damage_panics() {
        let addresses: Vec<IpAddr> = ["203.0.113.7", "192.0.2.1", "10.0.0.1", "2001:db8::1", "::1", "ffff::"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let check = |bytes: &[u8]| {
            if let Ok(reader) = Reader::from_source(bytes) {
                for address in &addresses {
                    let _ = place(&reader, *address);
                }
            }
        };
        for file in ["cities.mmdb", "countries.mmdb", "flat.mmdb"] {
            let good = std::fs::read(data(file)).unwrap();
            for at in 0..good.len() {
                check(&good[..at]);
                check(&good[at..]);
                let mut bad = good.clone();
                for value in [0x00, 0x20, 0x3f, 0x7f, 0xff, good[at] ^ 0x01, good[at] ^ 0x80] {
                    bad[at] = value;
                    check(&bad);
                }
            }
        }
    }

    #[test]
    fn odd_values_are_not_kept() {
        assert_eq!(country_code("us"), Some("US".to_owned()));
        assert_eq!(country_code("USA"), None);
        assert_eq!(country_code("é"), None);
        assert_eq!(city_name(" "), None);
        assert_eq!(city_name("a\0b"), None);
        assert_eq!(city_name(" São Paulo "), Some("São Paulo".to_owned()));
        assert_eq!(city_name(&"é".repeat(500)).unwrap().chars().count(), LONGEST_CITY);
    }
}
