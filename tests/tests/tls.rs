//! The shim reaches its database over TLS, and knows whom it speaks to when asked to.

use pg_campaign_tests::shim::grant_login;
use pg_campaign_tests::{Cluster, Session, Shim};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

const NAME: &str = "db.shop.example";

/// An authority, signed by itself.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).expect("no names are fine");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key can be made")).expect("it signs itself")
}

/// Writes a file as the server's user, readable by it alone.
fn write(session: &Session, path: &str, text: &str) {
    let lines = format!("select regexp_split_to_table($text${text}$text$, E'\\n')");
    session.run(&format!("copy ({lines}) to program 'umask 077; cat >{path}'"));
}

#[test]
fn certificates_are_checked_as_told() {
    let cluster = Cluster::start();
    let directory = cluster.directory().to_str().expect("paths of clusters are plain").to_owned();
    // An address of its own, because the port is the same for all clusters.
    let id = std::process::id();
    let address = format!("127.77.{}.{}", id / 250 % 250, 1 + id % 250);
    let (ours, other) = (authority(), authority());
    let key = KeyPair::generate().expect("a key can be made");
    let certificate = CertificateParams::new([NAME.to_owned()])
        .and_then(|params| params.signed_by(&key, &ours))
        .expect("a certificate can be signed");
    let file = |name: &str, pem: &str| {
        let path = format!("{directory}/{name}");
        std::fs::write(&path, pem).expect("a file can be written beside the cluster");
        path.replace('/', "%2F")
    };
    let (ours, other, server) =
        (file("ours.crt", &ours.pem()), file("other.crt", &other.pem()), file("shown.crt", &certificate.pem()));

    cluster.admin(|admin| {
        admin.run("create extension pg_campaign; select campaign_install()");
        grant_login(admin, "shim");
        admin.run(&format!("alter system set listen_addresses = '{address}'"));
    });
    let url = |host: &str, more: &str| {
        format!("postgresql://shim@{host}:5432/postgres?hostaddr={address}&application_name=x{more}")
    };
    let fails = |url: &str, words: &str| match Shim::try_start(url, &[]) {
        Ok(_) => panic!("started on {url}"),
        Err(error) => assert!(error.contains(words), "{url}: {error}"),
    };
    cluster.halt();
    cluster.resume();
    fails(&url(NAME, "&sslmode=require"), "does not support TLS");

    cluster.admin(|admin| {
        write(admin, &format!("{directory}/server.crt"), &certificate.pem());
        write(admin, &format!("{directory}/server.key"), &key.serialize_pem());
        admin.run(&format!("alter system set ssl_cert_file = '{directory}/server.crt'"));
        admin.run(&format!("alter system set ssl_key_file = '{directory}/server.key'"));
        admin.run("alter system set ssl = on");
    });
    cluster.halt();
    cluster.resume();
    let encrypted = "select bool_and(s.ssl) from pg_stat_ssl s join pg_stat_activity a using (pid) where a.application_name like 'campaign-shim%'";
    for (url, is_encrypted) in [
        (url(NAME, &format!("&sslmode=verify-full&sslrootcert={ours}")), "t"),
        (url(NAME, &format!("&sslmode=verify-full&sslrootcert={server}")), "t"),
        (url("another.example", &format!("&sslmode=verify-ca&sslrootcert={ours}")), "t"),
        (url("another.example", "&sslmode=require"), "t"),
        (url(NAME, ""), "t"),
        (url(NAME, "&sslmode=disable"), "f"),
    ] {
        let shim = Shim::start_on(&url, &[]);
        shim.get("/campaigns").data(200);
        assert_eq!(cluster.admin(|admin| admin.show(encrypted)), is_encrypted, "{url}");
    }
    for (url, words) in [
        (url("another.example", &format!("&sslmode=verify-full&sslrootcert={ours}")), "not valid for name"),
        (url("another.example", &format!("&sslmode=verify-full&sslrootcert={server}")), "not valid for name"),
        (url(NAME, &format!("&sslmode=verify-full&sslrootcert={other}")), "invalid peer certificate"),
        (url(NAME, &format!("&sslmode=verify-ca&sslrootcert={other}")), "invalid peer certificate"),
        (url(NAME, &format!("&sslmode=require&sslrootcert={other}")), "invalid peer certificate"),
        // The authorities of the system do not know ours.
        (url(NAME, "&sslmode=verify-full"), "certificate"),
        (url(NAME, "&sslmode=sure"), "sslmode sure is none of"),
    ] {
        fails(&url, words);
    }
}
