// Judges chains as a TLS client of this Go does: what was sent is parsed, then verified (Conn.verifyServerCertificate).
//
// A line of input is "moment leaf,sent,… root,…": seconds since 1970, certificates in base64.
// A line of output is "OK" or the error.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

func parsed(text string) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return x509.ParseCertificate(der)
}

func judge(line string) (refusal error) {
	defer func() { // CVE-2024-24783: Verify of old panics at keys of an unknown kind
		if panicked := recover(); panicked != nil {
			refusal = fmt.Errorf("panic: %v", panicked)
		}
	}()
	parts := strings.Split(line, " ")
	seconds, _ := strconv.ParseInt(parts[0], 10, 64)
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: time.Unix(seconds, 0)}
	var leaf *x509.Certificate
	for _, text := range strings.Split(parts[1], ",") {
		certificate, err := parsed(text)
		if err != nil {
			return err
		}
		if leaf == nil {
			leaf = certificate
		} else {
			options.Intermediates.AddCert(certificate)
		}
	}
	for _, text := range strings.Split(parts[2], ",") {
		if root, err := parsed(text); err == nil { // as CertPool.AppendCertsFromPEM: the others are passed over
			options.Roots.AddCert(root)
		}
	}
	_, err := leaf.Verify(options)
	return err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		if err := judge(lines.Text()); err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("OK")
		}
	}
}
