//! The program: arguments in, server up, until a signal ends it.

use std::process::ExitCode;

use pg_campaign_shim::{Config, StartError, build, check, logging, stop_signal};

/// Requests make many small allocations on one thread and free them on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Config::load().and_then(start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("campaign-shim: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn start(config: Config) -> Result<(), StartError> {
    logging(&config)?;
    if config.check {
        println!("campaign-shim: {}", check(config).await?);
        return Ok(());
    }
    let server = build(config).await?;
    server.run(stop_signal()).await;
    Ok(())
}
