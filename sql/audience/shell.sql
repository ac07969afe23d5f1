create type campaign_audience;
