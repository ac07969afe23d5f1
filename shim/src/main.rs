//! The program: arguments in, server up, until a signal ends it.

use std::process::ExitCode;

use clap::Parser;
use pg_campaign_shim::{Config, build, logging, stop_signal};

fn main() -> ExitCode {
    match start(Config::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("campaign-shim: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn start(config: Config) -> Result<(), pg_campaign_shim::StartError> {
    logging(&config)?;
    let server = build(config).await?;
    server.run(stop_signal()).await;
    Ok(())
}
