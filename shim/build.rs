//! Has the web files embedded anew when they were built anew. Debug builds read them at each request instead.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        for package in ["dashboard", "snippet", "shop"] {
            println!("cargo::rerun-if-changed=web/{package}/dist");
        }
    }
}
